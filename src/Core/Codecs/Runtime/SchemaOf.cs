namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Describes a shape as a schema.</summary>
internal sealed class SchemaOf
{
    private readonly Dictionary<Shape, string> _names = [];
    private readonly Dictionary<string, SchemaDefinition> _definitions = [];
    private readonly Queue<Action> _toDefine = new();
    private readonly HashSet<string> _taken = [];

    public static SchemaDocument Describe(Shape root)
    {
        var describing = new SchemaOf();
        SchemaNode node = describing.Node(root);
        while (describing._toDefine.TryDequeue(out Action? define))
            define();
        return new SchemaDocument(node, describing._definitions);
    }

    private SchemaNode Node(Shape shape) => shape switch
    {
        ScalarShape scalar => new SchemaNode.OfScalar(scalar.Scalar),
        NullableShape nullable => new SchemaNode.Optional(Node(nullable.Value)),
        SequenceShape sequence => new SchemaNode.Sequence(sequence.IsSet, Node(sequence.Element)),
        MapShape map => new SchemaNode.Map(Node(map.Key), Node(map.Value)),
        TupleShape tuple => new SchemaNode.Tuple([.. tuple.Items.Select(item => Node(item.Shape))]),
        RecordShape { Type.IsValueType: true } record => Reference(record),
        RecordShape record => new SchemaNode.Optional(Reference(record)),
        UnionShape union => Reference(union),
        _ => throw new InvalidOperationException("An unknown shape."),
    };

    private SchemaNode.Reference Reference(Shape shape)
    {
        if (_names.TryGetValue(shape, out string? known))
            return new SchemaNode.Reference(known);

        string simple = shape is RecordShape record ? record.Name : ((UnionShape)shape).Name;
        string name = simple;
        for (int next = 2; !_taken.Add(name); next++)
            name = $"{simple}_{next}";
        _names.Add(shape, name);
        _toDefine.Enqueue(() => _definitions.Add(name, Define(name, shape)));
        return new SchemaNode.Reference(name);
    }

    private SchemaDefinition Define(string name, Shape shape) => shape is RecordShape record
        ? new SchemaDefinition(name, Record(name, record), Cases: null)
        : new SchemaDefinition(name, Record: null, [.. ((UnionShape)shape).Cases.Select(one => Record(one.Name, one))]);

    private SchemaRecord Record(string name, RecordShape record) =>
        new(name, [.. record.Members.Select(member => new SchemaField(member.Name, Node(member.Shape)))]);
}
