using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Archives;

/// <summary>Writes to the archive of a pipeline's savepoints. It is there when its name is in the directory, which the last transaction
/// writes; whatever a writer that died has left is removed by the next one.</summary>
/// <param name="archive">The archive, which has this one writer.</param>
/// <param name="pipeline">The pipeline.</param>
/// <param name="clock">The job's clock.</param>
/// <param name="epoch">The last epoch of the archive.</param>
/// <param name="directory">Its directory.</param>
internal sealed class SavepointWriter(JobJournal archive, string pipeline, TimeProvider clock, long epoch, SavepointDirectory directory)
{
    /// <summary>A blob of an archive has at most as much, a transaction about as much.</summary>
    private const int PieceBytes = 512 << 10, TransactionBytes = 4 << 20;

    /// <summary>The operator under which a savepoint's manifest is; no operator of a pipeline has this name.</summary>
    public const string ManifestName = "";

    private readonly List<JournalEvent> _pieces = [];
    private readonly HashSet<(string Operator, int Shard)> _begun = [];
    private readonly BlobWriter _bytes = new();
    private SavepointDirectory _directory = directory;
    private long _epoch = epoch + 1;
    private int _pending;
    private int _part;
    private long _size;

    /// <summary>Opens the archive as its one writer.</summary>
    public static async ValueTask<SavepointWriter> OpenAsync(JobJournal archive, string pipeline, TimeProvider clock,
        CancellationToken cancellation)
    {
        EpochRecord? last = await archive.LastEpochAsync(cancellation);
        return new SavepointWriter(archive, pipeline, clock, last?.Epoch ?? 0, SavepointDirectory.Decode(last, pipeline));
    }

    public SavepointDirectory Directory => _directory;

    /// <summary>What an operator of a savepoint is called in the archive.</summary>
    public static string OperatorOf(string savepoint, string operatorName) => $"{savepoint}/{operatorName}";

    /// <summary>Writes a savepoint.</summary>
    /// <param name="name">Its name, which no other has.</param>
    /// <param name="job">Where the state is read.</param>
    /// <param name="record">The epoch; it stays readable until all is read.</param>
    /// <param name="cancellation">Ends it; nothing is there then.</param>
    public async ValueTask<SavepointEntry> WriteAsync(string name, JobReader job, EpochRecord record, CancellationToken cancellation)
    {
        await RemoveLeftoversAsync(cancellation);
        _directory = _directory with { Unfinished = name };
        Manifest manifest = Manifest.Decode(record.Manifest, pipeline, record.Epoch);
        _bytes.Clear();
        _bytes.WriteBytes(record.Manifest.Span);
        await CutAsync(OperatorOf(name, ManifestName), 0, isEnd: true, cancellation);
        await CommitAsync(cancellation);   // so that whoever comes after a crash knows what there may be
        foreach ((string operatorName, _) in manifest.Operators)
            await WriteAsync(name, operatorName, manifest.Shards, job, record.Epoch, cancellation);
        var entry = new SavepointEntry { Epoch = record.Epoch, CommittedAt = record.CommittedAt, SizeBytes = _size };
        _directory = _directory.With(name, entry);
        await CommitAsync(cancellation);
        return entry;
    }

    /// <summary>Removes a savepoint.</summary>
    public async ValueTask DeleteAsync(string name, CancellationToken cancellation)
    {
        await RemoveLeftoversAsync(cancellation);
        _directory = _directory.Without(name);
        await EmptyAsync(name, cancellation);
        await CommitAsync(cancellation, retainFrom: _epoch);
    }

    /// <summary>What a writer has left that did not come to its end.</summary>
    private async ValueTask RemoveLeftoversAsync(CancellationToken cancellation)
    {
        if (_directory.Unfinished is not { } left)
            return;
        await EmptyAsync(left, cancellation);
        _directory = _directory with { Unfinished = null };
        await CommitAsync(cancellation, retainFrom: _epoch);
    }

    /// <summary>Replaces every shard of a savepoint by nothing.</summary>
    private async ValueTask EmptyAsync(string name, CancellationToken cancellation)
    {
        Manifest manifest = await SavepointReader.ManifestAsync(archive, pipeline, name, _epoch - 1, cancellation);
        foreach ((string operatorName, OperatorManifest written) in manifest.Operators)
        {
            ShardHead[] heads = ShardHead.Decode(written.Journal ?? [], manifest.Shards);
            for (int shard = 0; shard < heads.Length; shard++)
            {
                if (heads[shard].Blobs > 0)
                    Add(OperatorOf(name, operatorName), shard, isFirst: true, ReadOnlyMemory<byte>.Empty);
            }
        }

        Add(OperatorOf(name, ManifestName), 0, isFirst: true, ReadOnlyMemory<byte>.Empty);
    }

    private async ValueTask WriteAsync(string name, string operatorName, int shards, JobReader job, long of, CancellationToken cancellation)
    {
        string archived = OperatorOf(name, operatorName);
        int shard = -1;
        _bytes.Clear();
        await foreach (JournalEvent entry in job.ReadAsync(operatorName, 0, shards, of, cancellation))
        {
            if (entry.Shard != shard && shard >= 0)
                await CutAsync(archived, shard, isEnd: true, cancellation);
            shard = entry.Shard;
            ShardStream.Write(_bytes, entry);
            await CutAsync(archived, shard, isEnd: false, cancellation);
        }

        if (shard >= 0)
            await CutAsync(archived, shard, isEnd: true, cancellation);
    }

    /// <summary>Cuts what is written of a shard into blobs: whole ones, or at its end what is left.</summary>
    private async ValueTask CutAsync(string archived, int shard, bool isEnd, CancellationToken cancellation)
    {
        int at = 0;
        while (_bytes.Length - at >= PieceBytes || (isEnd && at < _bytes.Length))
        {
            int length = Math.Min(PieceBytes, _bytes.Length - at);
            byte[] piece = _bytes.Written.Slice(at, length).ToArray();
            at += length;
            Add(archived, shard, isFirst: _begun.Add((archived, shard)), piece);
            if (_pending >= TransactionBytes)
                await CommitAsync(cancellation);
        }

        if (at == 0)
            return;
        byte[] rest = _bytes.Written[at..].ToArray();
        _bytes.Clear();
        _bytes.WriteBytes(rest);
    }

    private void Add(string archived, int shard, bool isFirst, ReadOnlyMemory<byte> piece)
    {
        // In one epoch a shard has a snapshot or events: what follows the first piece there belongs to the same snapshot.
        JournalEvent? before =
            _pieces.Count > 0 && _pieces[^1] is var last && last.Operator == archived && last.Shard == shard ? last : null;
        _part = before is null ? 0 : _part + 1;
        _pieces.Add(new JournalEvent(archived, shard, _epoch, isFirst || before is { IsSnapshot: true }, _part, piece));
        _pending += piece.Length;
        _size += piece.Length;
    }

    private async ValueTask CommitAsync(CancellationToken cancellation, long retainFrom = 1)
    {
        await archive.CommitAsync(
            new EpochCommit
            {
                Epoch = _epoch,
                CommittedAt = clock.GetUtcNow().ToMicros(),
                Manifest = _directory.Encode(),
                Events = [.. _pieces],
                Tables = [],
                RetainFrom = retainFrom,
            }, cancellation);
        _pieces.Clear();
        (_pending, _epoch) = (0, _epoch + 1);
    }
}
