using System.Runtime.CompilerServices;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>A type as a schema describes it. Records and cases are referred to by name, so a description of a tree is finite.</summary>
internal abstract record SchemaNode
{
    private SchemaNode()
    {
    }

    /// <summary><c>long</c>, <c>string</c>, ...</summary>
    public sealed record OfScalar(Scalar Scalar) : SchemaNode;

    /// <summary><c>T?</c>: a byte that says whether a value follows.</summary>
    public sealed record Optional(SchemaNode Value) : SchemaNode;

    /// <summary><c>list&lt;T&gt;</c> or <c>set&lt;T&gt;</c>: the number of elements + 1 (0 is null), then the elements.</summary>
    public sealed record Sequence(bool IsSet, SchemaNode Element) : SchemaNode;

    /// <summary><c>map&lt;K, V&gt;</c>: the number of entries + 1 (0 is null), then keys and values in turn.</summary>
    public sealed record Map(SchemaNode Key, SchemaNode Value) : SchemaNode;

    /// <summary><c>(A, B)</c>: items by position.</summary>
    public sealed record Tuple(IReadOnlyList<SchemaNode> Items) : SchemaNode;

    /// <summary>The name of a definition.</summary>
    public sealed record Reference(string Name) : SchemaNode;
}

/// <summary>A field of a stored record, or an item of a tuple.</summary>
internal sealed record SchemaField(string Name, SchemaNode Node);

/// <summary>A record: its fields in the order of their bytes (one zero byte if there is none).</summary>
internal sealed record SchemaRecord(string Name, IReadOnlyList<SchemaField> Fields);

/// <summary>A definition: a record, or a closed set of cases (the number of the case + 1, 0 is null; then the case's fields).</summary>
internal sealed record SchemaDefinition(string Name, SchemaRecord? Record, IReadOnlyList<SchemaRecord>? Cases);

/// <summary>A whole schema: the type at its root and the definitions it needs.</summary>
internal sealed class SchemaDocument(SchemaNode root, IReadOnlyDictionary<string, SchemaDefinition> definitions)
{
    /// <summary>A larger fixed size is treated as a varying one, so that no schema makes the compiled code overflow.</summary>
    private const int MaxFixedBytes = 1 << 16;
    private readonly Dictionary<string, int> _fixed = [];
    private readonly Dictionary<string, int> _least = [];

    public SchemaNode Root { get; } = root;

    public IReadOnlyDictionary<string, SchemaDefinition> Definitions { get; } = definitions;

    /// <summary>The size in bytes of every value, or -1 if it varies.</summary>
    public int FixedBytes(SchemaNode node)
    {
        RequireStack();
        switch (node)
        {
            case SchemaNode.OfScalar { Scalar.SizeBytes: > 0 and var size }:
                return size;
            case SchemaNode.Tuple tuple:
                return FixedBytes(tuple.Items);
            case SchemaNode.Reference reference when Definitions[reference.Name].Record is { } record:
                if (_fixed.TryAdd(reference.Name, -1))          // what refers back to itself has no fixed size
                    _fixed[reference.Name] = FixedBytes(record.Fields.Select(field => field.Node));
                return _fixed[reference.Name];
            default:
                return -1;
        }
    }

    /// <summary>The least size in bytes of a value, at least 1: bounds the number of elements that the bytes left can hold.</summary>
    public int LeastBytes(SchemaNode node)
    {
        RequireStack();
        switch (node)
        {
            case SchemaNode.OfScalar scalar:
                return Math.Max(1, scalar.Scalar.SizeBytes);
            case SchemaNode.Tuple tuple:
                return LeastBytes(tuple.Items);
            case SchemaNode.Reference reference when Definitions[reference.Name].Record is { } record:
                if (_least.TryAdd(reference.Name, 1))
                    _least[reference.Name] = LeastBytes(record.Fields.Select(field => field.Node));
                return _least[reference.Name];
            default:
                return 1;
        }
    }

    /// <summary>Refuses what would overflow the stack: a chain of definitions as long as no code has.</summary>
    public static void RequireStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new CodecException("Stored schema is damaged: its definitions nest too deep.");
    }

    private int FixedBytes(IEnumerable<SchemaNode> parts)
    {
        int sum = 0;
        foreach (SchemaNode part in parts)
        {
            int size = FixedBytes(part);
            if (size < 0 || sum + size > MaxFixedBytes)
                return -1;
            sum += size;
        }

        return Math.Max(1, sum);
    }

    private int LeastBytes(IEnumerable<SchemaNode> parts) =>
        (int)Math.Clamp(parts.Sum(part => (long)LeastBytes(part)), 1, MaxFixedBytes);
}
