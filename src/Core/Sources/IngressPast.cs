namespace ActorStreams.Core.Sources;

/// <summary>Of a job on many nodes: whose ingress read a source before, and up to which offset what it read is committed. Stored with the
/// source's offset, so that an ingress that is not read any more knows which of its rows are durable.</summary>
/// <param name="Of">Each ingress with the offset at which the next one went on; the last is that of the one that reads.</param>
internal sealed record IngressPast(IReadOnlyList<(string Ingress, long End)> Of)
{
    /// <summary>It is the one that reads: where it ends is not known.</summary>
    private const long StillReads = -1;

    private const int Most = 64;

    public static IngressPast None { get; } = new([]);

    /// <summary>An ingress begins to read at an offset: what the one before it read is committed up to there.</summary>
    public IngressPast With(string ingress, long offset)
    {
        List<(string, long)> past = [.. Of.Where(one => one.Ingress != ingress)
            .Select(one => one.End == StillReads ? (one.Ingress, offset) : one).TakeLast(Most)];
        past.Add((ingress, StillReads));
        return new IngressPast(past);
    }

    /// <summary>Up to which offset the rows of an ingress are committed; null: none is.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="offset">Where the source goes on.</param>
    public long? EndOf(string ingress, long offset)
    {
        foreach ((string one, long end) in Of)
        {
            if (one == ingress)
                return end == StillReads ? offset : end;
        }

        return null;
    }

    public byte[] Encode()
    {
        var writer = new BlobWriter();
        writer.WriteVarint((uint)Of.Count);
        foreach ((string ingress, long end) in Of)
        {
            writer.WriteString(ingress);
            writer.WriteInt64(end);
        }

        return writer.ToArray();
    }

    /// <exception cref="CodecException">The bytes are none.</exception>
    public static IngressPast Decode(byte[]? state)
    {
        if (state is null)
            return None;
        var reader = new BlobReader(state);
        List<(string, long)> past = [];
        for (uint left = reader.ReadVarint(); left > 0; left--)
            past.Add((reader.ReadString(), reader.ReadInt64()));
        return new IngressPast(past);
    }
}
