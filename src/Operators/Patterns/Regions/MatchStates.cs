using ActorStreams.Core.Journal;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>The partial matches of a region's keys; journaled key by key, those that an epoch touched.</summary>
/// <remarks>
/// Records: 0 key = the key has none any more; 1 key, all that it has; 2 key, what changed (see <see cref="RunsWriter{T}"/>). States and
/// stages are stored by number, and the schema holds their names: a changed pattern reads them as long as it begins like the one that wrote
/// them.
/// </remarks>
internal sealed class MatchStates<TKey, T> : IShardedState
{
    private const byte RemovedRecord = 0;
    private const byte WholeRecord = 1;
    private const byte ChangedRecord = 2;
    private const int PresenceBits = 16;

    private readonly Codec<TKey> _keys = RecordCodec.Of<TKey>();
    private readonly Codec<T> _rows = RecordCodec.Of<T>();
    private readonly Dictionary<string, Reader> _readers = new(StringComparer.Ordinal);
    private readonly Automaton<T> _automaton;
    private readonly ushort[] _presence = new ushort[1 << PresenceBits];
    private readonly RunsWriter<T> _writer;

    public MatchStates(Automaton<T> automaton, ShardRange shards, bool withPositions)
    {
        _automaton = automaton;
        Buffer = new MatchBuffer<T>(withPositions);
        _writer = new RunsWriter<T>(Buffer, _rows);
        Map = new StateMap<TKey, KeyRuns>(shards);
        Schema = PairSchema.Of(_keys.Schema, _rows.Schema, new Schema(PatternSchema.Of(automaton)));
    }

    public string Name => "matches";

    public Schema Schema { get; }

    public MatchBuffer<T> Buffer { get; }

    public StateMap<TKey, KeyRuns> Map { get; }

    /// <summary>One more than the largest number of a restored row.</summary>
    public long NextNumber { get; private set; }

    /// <summary>Whether the key may have partial matches; false is certain.</summary>
    public bool MayHave(ulong hash) => _presence[Presence(hash)] != 0;

    public void OnAdded(ulong hash)
    {
        ref ushort count = ref _presence[Presence(hash)];
        count += (ushort)(count == ushort.MaxValue ? 0 : 1);
    }

    public void OnRemoved(ulong hash)
    {
        ref ushort count = ref _presence[Presence(hash)];
        count -= (ushort)(count == ushort.MaxValue ? 0 : 1);
    }

    /// <summary>Keeps what has become of a key's runs, of which it had some before or not.</summary>
    public void Save(TKey key, ulong hash, in KeyRuns runs, bool existed)
    {
        if (runs.IsEmpty)
        {
            if (!existed)
                return;
            Map.Remove(key, hash);
            OnRemoved(hash);
            return;
        }

        if (!existed)
            OnAdded(hash);
        Map.Reserve(1);
        Map.Touch(key, hash) = runs;
    }

    /// <summary>Other runs in the same places, which go their own way from there; to be released.</summary>
    public KeyRuns Share(TKey key)
    {
        int slot = Map.Find(key, Map.HashOf(key));
        if (slot < 0)
            return KeyRuns.None;
        KeyRuns runs = Map.At(slot).State;
        return runs with { First = Buffer.Share(runs.First), FirstComplete = Buffer.Share(runs.FirstComplete) };
    }

    /// <summary>Lets go of runs that are not those of a key.</summary>
    public void Release(in KeyRuns runs)
    {
        Buffer.ReleaseRuns(runs.First);
        Buffer.ReleaseRuns(runs.FirstComplete);
    }

    /// <summary>A key's partial matches, for who asks.</summary>
    public List<MatchProgress<T>> ProgressOf(TKey key, ulong hash)
    {
        var found = new List<MatchProgress<T>>();
        int slot = Map.Find(key, hash);
        for (int at = slot < 0 ? -1 : Map.At(slot).State.First; at >= 0; at = Buffer.Run(at).Next)
        {
            Run run = Buffer.Run(at);
            var events = MatchedEvents<T>.Of(Buffer, run.Node, withPositions: false);
            int stage = _automaton.States[run.State].Stage;
            found.Add(new MatchProgress<T>(_automaton.Stages[events.LastStage], stage < 0 ? "" : _automaton.Stages[stage],
                EventTime.ToDateTimeOffset(events.FirstTime), events.Rows));
        }

        return found;
    }

    public void BeginJournal() => Map.SortDirty();

    public bool HasChanges(int shard) => !Map.DirtyOf(shard).IsEmpty;

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in Map.DirtyOf(shard))
        {
            ref StateMap<TKey, KeyRuns>.Entry entry = ref Map.At(slot);
            if (Map.IsLive(entry))
            {
                Write(ref entry, writer, isWhole: false);
                continue;
            }

            writer.Out.WriteByte(RemovedRecord);
            _keys.Write(writer.Out, entry.Key);
            writer.EndRecord();
        }
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        foreach (int slot in Map.LiveOf(shard))
            Write(ref Map.At(slot), writer, isWhole: true);
    }

    public void EndJournal() => Map.ClearDirty();

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        if (!_readers.TryGetValue(written.Text, out Reader? reader))
            _readers[written.Text] = reader = ReaderOf(written);
        while (records.Remaining > 0)
        {
            byte kind = records.ReadByte();
            TKey key = reader.Keys.Read(ref records);
            ulong hash = Map.HashOfStored(key, shard);
            int slot = Map.Find(key, hash);
            KeyRuns runs = slot < 0 ? KeyRuns.None : Map.At(slot).State;
            if (kind != ChangedRecord)
            {
                Release(runs);
                runs = KeyRuns.None;
            }

            if (kind is WholeRecord or ChangedRecord)
            {
                if (slot < 0)
                    OnAdded(hash);
                reader.Runs.Read(ref runs, ref records);
                Map.Restore(key, hash) = runs;
                NextNumber = Math.Max(NextNumber, reader.Runs.NextNumber);
            }
            else if (kind == RemovedRecord)
            {
                if (slot >= 0)
                    OnRemoved(hash);
                Map.RestoreRemoved(key, hash);
            }
            else
            {
                throw new CodecException($"Stored data is damaged: a record of kind {kind} among partial matches.");
            }
        }
    }

    private static int Presence(ulong hash) => (int)(hash >> 24) & ((1 << PresenceBits) - 1);

    private void Write(ref StateMap<TKey, KeyRuns>.Entry entry, ShardBlobWriter writer, bool isWhole)
    {
        isWhole |= RunsWriter<T>.MustBeWhole(entry.State);
        writer.Out.WriteByte(isWhole ? WholeRecord : ChangedRecord);
        _keys.Write(writer.Out, entry.Key);
        _writer.Write(writer.Out, ref entry.State, isWhole);
        writer.EndRecord();
    }

    private Reader ReaderOf(Schema written)
    {
        Schema[] parts = PairSchema.Split(written, 3);
        (int[] stages, int[] states, string[] names) = PatternSchema.Map(parts[2].Text, _automaton);
        return new Reader(StoredKeys.ReaderOf(_keys, parts[0]), new RunsReader<T>(Buffer, _rows.ReaderOf(parts[1]), stages, states, names));
    }

    private sealed record Reader(Codec<TKey> Keys, RunsReader<T> Runs);
}
