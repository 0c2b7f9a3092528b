namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Steps over a stored value that the code has no field for any more.</summary>
internal abstract class Skipper
{
    public abstract void Skip(ref BlobReader reader);

    public sealed class Fixed(int bytes) : Skipper
    {
        public override void Skip(ref BlobReader reader) => reader.Take(bytes);
    }

    public sealed class OfText : Skipper
    {
        public override void Skip(ref BlobReader reader) => Text.Skip(ref reader);
    }

    public sealed class Optional(Skipper value) : Skipper
    {
        public override void Skip(ref BlobReader reader)
        {
            if (Presence.Read(ref reader))
                value.Skip(ref reader);
        }
    }

    public sealed class Several(Skipper element, int leastBytes) : Skipper
    {
        public override void Skip(ref BlobReader reader)
        {
            if (!Counts.TryRead(ref reader, leastBytes, out int count))
                return;
            for (int at = 0; at < count; at++)
                element.Skip(ref reader);
        }
    }

    public sealed class Sequence(IReadOnlyList<Skipper> parts) : Skipper
    {
        public override void Skip(ref BlobReader reader)
        {
            foreach (Skipper part in parts)
                part.Skip(ref reader);
        }
    }

    public sealed class Cases(string name, IReadOnlyList<Skipper> cases) : Skipper
    {
        public override void Skip(ref BlobReader reader)
        {
            uint number = reader.ReadVarint();
            if (number > (uint)cases.Count)
                throw new CodecException($"Stored data is damaged: case {number} of '{name}', which had {cases.Count} cases.");
            if (number > 0)
                cases[(int)number - 1].Skip(ref reader);
        }
    }

    /// <summary>A definition, which may refer back to itself.</summary>
    public sealed class Named : Skipper
    {
        public Skipper? Target { get; set; }

        public override void Skip(ref BlobReader reader)
        {
            // more levels than a value of 64 can have: each may pass through several definitions
            if (++reader.Depth > 16 * Presence.MaxDepth)
                throw new CodecException("Stored data is damaged: a value contains itself without end.");
            SchemaDocument.RequireStack();
            Target!.Skip(ref reader);
            reader.Depth--;
        }
    }
}

/// <summary>Makes the skippers of one schema.</summary>
internal sealed class SkipperBuilder(SchemaDocument document)
{
    private readonly Dictionary<string, Skipper.Named> _named = [];

    public Skipper Build(SchemaNode node)
    {
        SchemaDocument.RequireStack();
        if (document.FixedBytes(node) is > 0 and var size)
            return new Skipper.Fixed(size);

        return node switch
        {
            SchemaNode.Optional optional => new Skipper.Optional(Build(optional.Value)),
            SchemaNode.Sequence sequence => new Skipper.Several(Build(sequence.Element), document.LeastBytes(sequence.Element)),
            SchemaNode.Map map => new Skipper.Several(
                new Skipper.Sequence([Build(map.Key), Build(map.Value)]), document.LeastBytes(map.Key) + document.LeastBytes(map.Value)),
            SchemaNode.Tuple tuple => new Skipper.Sequence([.. tuple.Items.Select(Build)]),
            SchemaNode.Reference reference => Named(reference.Name),
            _ => new Skipper.OfText(),
        };
    }

    private Skipper.Named Named(string name)
    {
        if (_named.TryGetValue(name, out Skipper.Named? known))
            return known;

        var named = new Skipper.Named();
        _named.Add(name, named);
        SchemaDefinition definition = document.Definitions[name];
        named.Target = definition.Record is { } record
            ? Fields(record)
            : new Skipper.Cases(name, [.. definition.Cases!.Select(Fields)]);
        return named;
    }

    private Skipper Fields(SchemaRecord record) =>
        record.Fields.Count == 0 ? new Skipper.Fixed(1) : new Skipper.Sequence([.. record.Fields.Select(field => Build(field.Node))]);
}
