using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>Which writer committed which epochs: what another wrote for them, and did not commit, does not count.</summary>
/// <remarks>Immutable. A writer is a generation of the job and, within it, an attempt to commit: one that failed leaves events behind that
/// must not be taken for those of the next.</remarks>
internal sealed class WriterLog
{
    private readonly (long From, long Writer)[] _spans;

    private WriterLog((long From, long Writer)[] spans) => _spans = spans;

    /// <summary>Nobody has committed anything.</summary>
    public static WriterLog Empty { get; } = new([]);

    private const int AttemptBits = 20;

    /// <summary>Attempts of nodes are numbered from here on: none of them has the number of one of the job's writer.</summary>
    private const int FirstOfNodes = 1 << (AttemptBits - 1);

    /// <summary>Who commits last; 0: nobody.</summary>
    public long Last => _spans is [.., var last] ? last.Writer : 0;

    /// <summary>The number of a writer.</summary>
    /// <exception cref="OverflowException">There were so many attempts that others would seem to have made them.</exception>
    public static long WriterOf(long generation, int attempt) =>
        attempt < FirstOfNodes ? (generation << AttemptBits) | (uint)attempt : throw new OverflowException();

    /// <summary>The number of a node's attempt to write what one instance adds to an epoch. Nodes have the same numbers: no two of them
    /// have the same shard in one generation.</summary>
    /// <inheritdoc cref="WriterOf"/>
    public static long NodeOf(long generation, int attempt) => WriterOf(generation, attempt) + FirstOfNodes;

    /// <summary>Whether an event of a committed epoch was written by who committed it.</summary>
    public bool Counts(long writer, long epoch)
    {
        for (int i = _spans.Length - 1; i >= 0; i--)
        {
            if (_spans[i].From <= epoch)
                return _spans[i].Writer == writer;
        }

        return false;
    }

    /// <summary>From <paramref name="epoch"/> on it is <paramref name="writer"/> who commits.</summary>
    public WriterLog Then(long writer, long epoch) => _spans is [.., var last] && last.Writer == writer && last.From <= epoch ? this
        : new([.. _spans.Where(span => span.From < epoch), (epoch, writer)]);

    public byte[] Encode()
    {
        var bytes = new BlobWriter(16 * _spans.Length);
        foreach ((long from, long writer) in _spans)
        {
            bytes.WriteInt64(from);
            bytes.WriteInt64(writer);
        }

        return bytes.ToArray();
    }

    public static WriterLog Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new BlobReader(bytes);
        var spans = new (long From, long Writer)[bytes.Length / 16];
        for (int i = 0; i < spans.Length; i++)
            spans[i] = (reader.ReadInt64(), reader.ReadInt64());
        return new WriterLog(spans);
    }
}
