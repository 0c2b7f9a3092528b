using System.Runtime.CompilerServices;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Archives;

/// <summary>Reads a savepoint as if it were the journal of its job at the savepoint's epoch.</summary>
/// <param name="archive">The archive; disposed of with the reader.</param>
/// <param name="name">The savepoint.</param>
/// <param name="at">The last epoch of the archive.</param>
/// <param name="of">The epoch of the job.</param>
internal sealed class SavepointReader(JobReader archive, string name, long at, EpochRecord of) : JobReader
{
    public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) => new([of]);

    public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => new(of);

    /// <summary>The epoch does not matter: there is one.</summary>
    public override async IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        byte[] rest = [];
        int shard = -1;
        string archived = SavepointWriter.OperatorOf(name, operatorName);
        await foreach (JournalEvent piece in archive.ReadAsync(archived, firstShard, count, at, cancellation))
        {
            if (piece.Shard != shard)
                (shard, rest) = (piece.Shard, []);
            (List<JournalEvent> entries, rest) = Read([.. rest, .. piece.Payload.Span], operatorName, shard);
            foreach (JournalEvent entry in entries)
            {
                if (JournalChecksum.Of(entry) != entry.Checksum)
                {
                    throw new StoreException(
                        $"Savepoint '{name}': operator '{operatorName}', shard {shard}, epoch {entry.Epoch}, part {entry.Part} is damaged (its CRC32C does not match). " +
                        "Restore the store from a backup, or take another savepoint.");
                }

                yield return entry;
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await archive.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>The manifest of a savepoint.</summary>
    public static async ValueTask<Manifest> ManifestAsync(JobReader archive, string pipeline, string name, long at,
        CancellationToken cancellation)
    {
        byte[] bytes = await ManifestBytesAsync(archive, name, at, cancellation);
        return bytes.Length == 0 ? new Manifest() : Manifest.Decode(bytes, pipeline, at);
    }

    public static async ValueTask<byte[]> ManifestBytesAsync(JobReader archive, string name, long at, CancellationToken cancellation)
    {
        var bytes = new BlobWriter();
        await foreach (JournalEvent piece in archive.ReadAsync(SavepointWriter.OperatorOf(name, SavepointWriter.ManifestName), 0, 1, at,
            cancellation))
            bytes.WriteBytes(piece.Payload.Span);
        return bytes.ToArray();
    }

    private static (List<JournalEvent> Entries, byte[] Left) Read(byte[] bytes, string operatorName, int shard)
    {
        List<JournalEvent> entries = [];
        ReadOnlySpan<byte> left = bytes;
        while (ShardStream.TryRead(ref left, operatorName, shard, out JournalEvent entry))
            entries.Add(entry);
        return (entries, left.ToArray());
    }
}
