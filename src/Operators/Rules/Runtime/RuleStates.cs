using ActorStreams.Core.Journal;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>Journals partial matches, those of a key and rule that an epoch touched.</summary>
/// <remarks>
/// Records: 0 key, rule = it has none any more; 1 key, rule, version, all that it has; 2 key, rule, version, what changed (see
/// <see cref="RunsWriter{T}"/>). States are stored by the numbers they have in that version of the rule: when a rule changes, all its
/// partial matches are written again. What is of another version than the rule in force is of no use, so that a rule that goes needs not be
/// told key by key.
/// </remarks>
internal sealed class RuleStates<TKey, T>(RuleCells<TKey, T> cells, RuleSet<T> rules) : IShardedState
{
    private const byte RemovedRecord = 0;
    private const byte WholeRecord = 1;
    private const byte ChangedRecord = 2;

    /// <summary>Stages and states keep the numbers they were written with until the rules are known.</summary>
    private static readonly int[] s_asWritten = [.. Enumerable.Range(0, ushort.MaxValue)];

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Dictionary<string, Reader> _readers = new(StringComparer.Ordinal);
    private readonly RunsWriter<T> _writer = new(cells.Buffer, RecordCodec.Of<T>());

    public string Name => "matches";

    public Schema Schema { get; } = PairSchema.Of(RecordCodec.Of<TKey>().Schema, RecordCodec.Of<T>().Schema);

    /// <summary>What was restored, until the rules are known that it belongs to.</summary>
    public Dictionary<(TKey Key, string Rule), (long Version, KeyRuns Runs)> Restored { get; } = new(KeyComparer<TKey>.With<string>());

    /// <summary>One more than the largest number of a restored row.</summary>
    public long NextNumber { get; private set; }

    public void BeginJournal()
    {
    }

    public bool HasChanges(int shard) => cells.Touched(shard).Count > 0;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (TouchedCell<TKey> touched in cells.Touched(shard))
        {
            if (rules.InForceAt(touched.Rule) is not { } rule)
                continue;
            int at = cells.Find(touched.Key, touched.Hash, touched.Rule);
            if (at >= 0)
            {
                ref RuleCell cell = ref cells.At(at);
                if (cell.IsDirty)
                    Write(touched.Key, rule, ref cell.Runs, writer, isWhole: false);
                (cell.IsDirty, cell.IsStored) = (false, true);
            }
            else if (touched.WasStored)
            {
                writer.Out.WriteByte(RemovedRecord);
                _keys.Write(writer.Out, touched.Key);
                writer.Out.WriteString(rule.Id);
                writer.EndRecord();
            }
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in cells.Keys.LiveOf(shard))
        {
            ref StateMap<TKey, int>.Entry entry = ref cells.Keys.At(slot);
            for (int at = entry.State; at >= 0; at = cells.At(at).Next)
                Write(entry.Key, rules[cells.At(at).Rule], ref cells.At(at).Runs, writer, isWhole: true);
        }
    }

    public void EndJournal() => cells.EndJournal();

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Reader? reader))
            _readers[written.Text] = reader = ReaderOf(written);
        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = reader.Keys.Read(ref records);
            _ = cells.Keys.HashOfStored(key, shard);
            (TKey, string) at = (key, records.ReadString());
            KeyRuns runs = Restored.Remove(at, out (long Version, KeyRuns Runs) before) ? before.Runs : KeyRuns.None;
            if (kind != ChangedRecord)
            {
                cells.Release(runs);
                runs = KeyRuns.None;
            }

            if (kind is WholeRecord or ChangedRecord)
            {
                long version = records.ReadInt64();
                reader.Runs.Read(ref runs, ref records);
                Restored[at] = (version, runs);
                NextNumber = Math.Max(NextNumber, reader.Runs.NextNumber);
            }
            else if (kind != RemovedRecord)
            {
                throw new CodecException($"Stored data is damaged: a record of kind {kind} among partial matches.");
            }
        }
    }

    private void Write(TKey key, Rule<T> rule, ref KeyRuns runs, ShardBlobWriter writer, bool isWhole)
    {
        isWhole |= RunsWriter<T>.MustBeWhole(runs);
        writer.Out.WriteByte(isWhole ? WholeRecord : ChangedRecord);
        _keys.Write(writer.Out, key);
        writer.Out.WriteString(rule.Id);
        writer.Out.WriteInt64(rule.Version);
        _writer.Write(writer.Out, ref runs, isWhole);
        writer.EndRecord();
    }

    private Reader ReaderOf(Schema written)
    {
        Schema[] parts = PairSchema.Split(written, 2);
        return new Reader(StoredKeys.ReaderOf(_keys, parts[0]),
            new RunsReader<T>(cells.Buffer, RecordCodec.Of<T>().ReaderOf(parts[1]), s_asWritten, s_asWritten, []));
    }

    private sealed record Reader(Codec<TKey> Keys, RunsReader<T> Runs);
}
