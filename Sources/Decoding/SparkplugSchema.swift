import CareModel

extension ProtobufSchema {
    /// The payload of Sparkplug B (Eclipse Sparkplug 3.0.0, chapter 6.4), under the names of its definition. Extensions are passed over.
    static let sparkplug: ProtobufSchema? = {
        // The order of the messages below.
        let metric = 1, metaData = 2, propertySet = 3, propertyValue = 4, propertySetList = 5, dataSet = 6, row = 7, dataSetValue = 8, template = 9, parameter = 10
        func one(_ number: Int, _ name: String, _ scalar: Scalar) -> Field { Field(number: number, name: name, sort: .scalar(scalar)) }
        func inner(_ number: Int, _ name: String, _ message: Int, isRepeated: Bool = false) -> Field {
            Field(number: number, name: name, sort: .message(message), isRepeated: isRepeated)
        }
        func many(_ number: Int, _ name: String, _ scalar: Scalar) -> Field { Field(number: number, name: name, sort: .scalar(scalar), isRepeated: true) }
        func choice(_ field: Field) -> Field {
            var copy = field
            copy.choice = 0
            return copy
        }
        /// The six plain sorts that every value has, from a first number on.
        func values(from number: Int) -> [Field] {
            let sorts: [(String, Scalar)] = [
                ("int_value", .uint32), ("long_value", .uint64), ("float_value", .float), ("double_value", .double), ("boolean_value", .bool), ("string_value", .string),
            ]
            return sorts.enumerated().map { choice(one(number + $0, $1.0, $1.1)) }
        }
        return ProtobufSchema([
            Message("Payload", [
                one(1, "timestamp", .uint64), inner(2, "metrics", metric, isRepeated: true), one(3, "seq", .uint64), one(4, "uuid", .string), one(5, "body", .bytes),
            ]),
            Message("Metric", [
                one(1, "name", .string), one(2, "alias", .uint64), one(3, "timestamp", .uint64), one(4, "datatype", .uint32), one(5, "is_historical", .bool),
                one(6, "is_transient", .bool), one(7, "is_null", .bool), inner(8, "metadata", metaData), inner(9, "properties", propertySet),
            ] + values(from: 10) + [
                choice(one(16, "bytes_value", .bytes)), choice(inner(17, "dataset_value", dataSet)), choice(inner(18, "template_value", template)),
            ]),
            Message("MetaData", [
                one(1, "is_multi_part", .bool), one(2, "content_type", .string), one(3, "size", .uint64), one(4, "seq", .uint64), one(5, "file_name", .string),
                one(6, "file_type", .string), one(7, "md5", .string), one(8, "description", .string),
            ]),
            Message("PropertySet", [many(1, "keys", .string), inner(2, "values", propertyValue, isRepeated: true)]),
            Message("PropertyValue", [one(1, "type", .uint32), one(2, "is_null", .bool)] + values(from: 3) + [
                choice(inner(9, "propertyset_value", propertySet)), choice(inner(10, "propertysets_value", propertySetList)),
            ]),
            Message("PropertySetList", [inner(1, "propertyset", propertySet, isRepeated: true)]),
            Message("DataSet", [
                one(1, "num_of_columns", .uint64), many(2, "columns", .string), many(3, "types", .uint32), inner(4, "rows", row, isRepeated: true),
            ]),
            Message("Row", [inner(1, "elements", dataSetValue, isRepeated: true)]),
            Message("DataSetValue", values(from: 1)),
            Message("Template", [
                one(1, "version", .string), inner(2, "metrics", metric, isRepeated: true), inner(3, "parameters", parameter, isRepeated: true),
                one(4, "template_ref", .string), one(5, "is_definition", .bool),
            ]),
            Message("Parameter", [one(1, "name", .string), one(2, "type", .uint32)] + values(from: 3)),
        ])
    }()
}
