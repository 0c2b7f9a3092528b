namespace ActorStreams.Cluster.Links;

/// <summary>Who dials whom, for which attempt of which job, and which versions of the protocol it speaks.</summary>
/// <param name="Oldest">The oldest version it speaks.</param>
/// <param name="Newest">The newest one.</param>
/// <param name="Job">The job.</param>
/// <param name="From">The node that dials, by a name that no other node and no other process of that node has.</param>
/// <param name="To">The node that is meant.</param>
/// <param name="Attempt">The attempt.</param>
internal sealed record LinkHello(int Oldest, int Newest, string Job, string From, string To, long Attempt)
{
    /// <summary>What is spoken today.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The oldest version that is understood.</summary>
    public const int OldestVersion = 1;

    /// <summary>Of the versions of today.</summary>
    public static LinkHello Of(string job, string from, string to, long attempt) =>
        new(OldestVersion, CurrentVersion, job, from, to, attempt);

    public void Write(BlobWriter writer)
    {
        writer.WriteInt32(Oldest);
        writer.WriteInt32(Newest);
        writer.WriteString(Job);
        writer.WriteString(From);
        writer.WriteString(To);
    }

    /// <summary>What a later version says behind this is not looked at.</summary>
    /// <exception cref="CodecException">The bytes are no hello.</exception>
    public static LinkHello Read(ReadOnlySpan<byte> bytes, long attempt)
    {
        var reader = new BlobReader(bytes);
        return new LinkHello(reader.ReadInt32(), reader.ReadInt32(), reader.ReadString(), reader.ReadString(), reader.ReadString(),
            attempt);
    }

    /// <summary>The newest version that both sides speak; null: there is none.</summary>
    public int? Agree(int oldest, int newest)
    {
        int version = Math.Min(Newest, newest);
        return version >= Math.Max(Oldest, oldest) ? version : null;
    }
}
