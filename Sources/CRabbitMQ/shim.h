// The headers of librabbitmq (Debian: librabbitmq-dev), and what of it Swift can't call or see.
#ifndef VIGIL_CRABBITMQ_SHIM_H
#define VIGIL_CRABBITMQ_SHIM_H

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

/// Logs in with a user and a password; `amqp_login_with_properties` is variadic, which Swift can't call.
static inline amqp_rpc_reply_t vigil_amqp_login(
    amqp_connection_state_t state, const char *vhost, int frame_max, int heartbeat, const amqp_table_t *properties, const char *user,
    const char *password) {
  return amqp_login_with_properties(
      state, vhost, 1, frame_max, heartbeat, properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

/// One member of a table: text.
static inline amqp_table_entry_t vigil_amqp_text(amqp_bytes_t key, amqp_bytes_t text) {
  amqp_table_entry_t entry;
  entry.key = key;
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = text;
  return entry;
}

/// One member of a table: a whole number.
static inline amqp_table_entry_t vigil_amqp_number(amqp_bytes_t key, int64_t number) {
  amqp_table_entry_t entry;
  entry.key = key;
  entry.value.kind = AMQP_FIELD_KIND_I64;
  entry.value.value.i64 = number;
  return entry;
}

/// One member of a table: yes.
static inline amqp_table_entry_t vigil_amqp_yes(amqp_bytes_t key) {
  amqp_table_entry_t entry;
  entry.key = key;
  entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  entry.value.value.boolean = 1;
  return entry;
}

/// One member of a table: another table.
static inline amqp_table_entry_t vigil_amqp_table(amqp_bytes_t key, amqp_table_t table) {
  amqp_table_entry_t entry;
  entry.key = key;
  entry.value.kind = AMQP_FIELD_KIND_TABLE;
  entry.value.value.table = table;
  return entry;
}

/// Methods that arrive without being asked for; the macros' casts keep Swift from seeing their numbers.
enum vigil_amqp_method {
  VIGIL_AMQP_ACK = 0x003C0050,
  VIGIL_AMQP_NACK = 0x003C0078,
  VIGIL_AMQP_RETURN = 0x003C0032,
  VIGIL_AMQP_BLOCKED = 0x000A003C,
  VIGIL_AMQP_UNBLOCKED = 0x000A003D,
  VIGIL_AMQP_CHANNEL_CLOSE = 0x00140028,
  VIGIL_AMQP_CONNECTION_CLOSE = 0x000A0032
};

#endif
