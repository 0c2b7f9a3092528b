using ActorStreams.Core.Options;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Journal;

/// <summary>Journals the states of one region of an operator at each barrier, and restores them.</summary>
/// <remarks>
/// A shard's snapshot replaces its journal once the journal has outgrown it. Snapshots are taken shard by shard, up to a budget of bytes an
/// epoch, so that the pause of a barrier does not grow with the state.
/// </remarks>
internal sealed class RegionJournal(string pipeline, string operatorName, ShardRange shards, IReadOnlyList<IShardedState> states,
    SnapshotPolicy snapshots)
{
    private readonly long[] _journalBytes = new long[shards.Count];
    private readonly long[] _snapshotBytes = new long[shards.Count];
    private readonly int[] _events = new int[shards.Count];
    private readonly ShardBlobWriter _writer = new();
    private readonly ulong[] _schemaIds = [.. states.Select(state => KeyHash<string>.Stable(state.Schema.Text))];
    private ShardHead[] _heads = new ShardHead[shards.Count];
    private int _nextSnapshot;
    private bool _replacesAll;

    public void Write(EpochReport report)
    {
        _writer.BeginEpoch();
        foreach (IShardedState state in states)
        {
            state.BeginJournal();
            report.Schemas.Add((ShardBlob.IdOf(state.Schema), state.Schema.Text));
        }

        // Start where the last epoch's budget ran out, so that no shard waits forever.
        int first = _nextSnapshot;
        long budget = snapshots.BudgetBytes;
        for (int i = 0; i < shards.Count; i++)
        {
            int index = (first + i) % shards.Count;
            bool isSnapshot = _replacesAll || (budget > 0 && IsDue(index));
            long bytes = WriteShard(report, index, isSnapshot);
            if (!isSnapshot)
                continue;
            budget -= bytes;
            if (budget <= 0)
                _nextSnapshot = (index + 1) % shards.Count;
        }

        _replacesAll = false;
        report.Journals.Add((operatorName, shards.First, [.. _heads]));
        foreach (IShardedState state in states)
            state.EndJournal();
    }

    public async ValueTask RestoreAsync(StageOpening opening, CancellationToken cancellation)
    {
        // An older operator of the same name, or the job before its restore from a savepoint, may have left a journal: the first epoch must
        // not be added to it.
        _replacesAll = opening.IsSavepoint || (opening.Epoch > 0 && opening.IsNew(operatorName));
        var byName = states.ToDictionary(state => state.Name, StringComparer.Ordinal);
        _heads = await opening.ReadAsync(pipeline, operatorName, shards, entry => Restore(entry, opening, byName), cancellation);
    }

    private bool IsDue(int index) =>
        _events[index] >= snapshots.JournalEvents || _journalBytes[index] > Math.Max(snapshots.JournalBytes, 2 * _snapshotBytes[index]);

    private long WriteShard(EpochReport report, int index, bool isSnapshot)
    {
        int shard = shards.First + index;
        int before = report.Events.Count;
        _writer.Begin(report.Events, operatorName, shard, report.Epoch, isSnapshot);
        for (int i = 0; i < states.Count; i++)
        {
            IShardedState state = states[i];
            if (!isSnapshot && !state.HasChanges(shard))
                continue;
            _writer.BeginSection(state.Name, _schemaIds[i]);
            try
            {
                if (isSnapshot)
                    state.WriteSnapshot(shard, _writer);
                else
                    state.WriteChanges(shard, _writer);
            }
            catch (CodecException error)
            {
                throw new JobException(
                    $"Pipeline '{pipeline}', operator '{operatorName}', state '{state.Name}', shard {shard}: a value that the operator keeps cannot be stored, so epoch {report.Epoch} " +
                    $"cannot end. {error.Message} The value was made, or changed after it was kept, by the operator's own functions.",
                        error);
            }

            _writer.EndSection();
        }

        long bytes = _writer.End();
        for (int i = before; i < report.Events.Count; i++)
            _heads[index] = _heads[index].Then(report.Events[i]);
        if (isSnapshot)
            (_snapshotBytes[index], _journalBytes[index], _events[index]) = (bytes, 0, 0);
        else if (bytes > 0)
            (_journalBytes[index], _events[index]) = (_journalBytes[index] + bytes, _events[index] + 1);
        return bytes;
    }

    private void Restore(JournalEvent entry, StageOpening opening, Dictionary<string, IShardedState> byName)
    {
        int index = entry.Shard - shards.First;
        if (entry.IsSnapshot)
            _snapshotBytes[index] += entry.Payload.Length;
        else
            (_journalBytes[index], _events[index]) = (_journalBytes[index] + entry.Payload.Length, _events[index] + 1);
        ShardBlob.Read(pipeline, entry, (string name, string schemaId, ref BlobReader records) =>
        {
            if (!byName.TryGetValue(name, out IShardedState? state))
                throw Undeclared(name, byName.Keys);
            Schema written = opening.SchemaOf(schemaId, pipeline, operatorName);
            try
            {
                state.Restore(entry.Shard, entry.IsSnapshot, ref records, written);
            }
            catch (CodecException error)
            {
                throw Unreadable(entry, state, written, error);
            }
        });
    }

    private StoreException Undeclared(string state, IEnumerable<string> declared) => new(
        $"Pipeline '{pipeline}', operator '{operatorName}' has stored a state '{state}' that its present code does not declare. " +
        $"Declare it again, or give the operator a new name to start it empty. Declared: {string.Join(", ", declared)}.");

    private StoreException Unreadable(JournalEvent entry, IShardedState state, Schema written, CodecException error)
    {
        string schemas = written == state.Schema ? ""
            : $" What was stored: {written.ToLine()}. What the code has: {state.Schema.ToLine()}.";
        return new StoreException(
            $"Pipeline '{pipeline}', operator '{operatorName}', state '{state.Name}' (shard {entry.Shard}, epoch {entry.Epoch}): {error.Message}{schemas}", inner: error);
    }
}
