using ActorStreams.Core.Journal;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>What is stored of a rule, or of one that is gone (it has no pattern then): what its partial matches mean follows from the
/// stages and states.</summary>
internal sealed record StoredRule(string Id, long Version, string? Pattern, string[] Stages, string[] States);

/// <summary>A change whose time has not come.</summary>
internal sealed record StoredChange(long Time, RuleChange Change);

/// <summary>The rules in force and the changes to come: the same in every region, stored once, in the first shard.</summary>
/// <remarks>Records: 0 = a rule as it is now; 1 = a change that waits; 2 = no change waits any more, but for those that follow.</remarks>
internal sealed class RuleSet<T>(Func<string, Pattern<T>> patternOf) : IShardedState
{
    public const string StateName = "rules";
    private const byte RuleRecord = 0;
    private const byte WaitingRecord = 1;
    private const byte NoneWaitRecord = 2;

    private readonly Codec<StoredRule> _ruleCodec = RecordCodec.Of<StoredRule>();
    private readonly Codec<StoredChange> _changeCodec = RecordCodec.Of<StoredChange>();
    private readonly Dictionary<string, StoredRule> _stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Rule<T>> _inForce = new(StringComparer.Ordinal);
    private readonly List<Rule<T>?> _byNumber = [];
    private readonly Stack<int> _freeNumbers = new();
    private readonly SortedSet<StoredChange> _waiting = new(Comparer<StoredChange>.Create(Compare));
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private bool _isWaitingChanged;

    public string Name => StateName;

    public Schema Schema { get; } = PairSchema.Of(RecordCodec.Of<StoredRule>().Schema, RecordCodec.Of<StoredChange>().Schema);

    /// <summary>Rules in force.</summary>
    public int Count => _inForce.Count;

    /// <summary>Numbers of rules are below this.</summary>
    public int Numbers => _byNumber.Count;

    public IEnumerable<StoredRule> Stored => _stored.Values.OrderBy(rule => rule.Id, StringComparer.Ordinal);

    /// <summary>The rule of a number that is in use.</summary>
    public Rule<T> this[int number] => _byNumber[number]!;

    public Rule<T>? InForceAt(int number) => number < _byNumber.Count ? _byNumber[number] : null;

    public Rule<T>? Find(string id) => _inForce.GetValueOrDefault(id);

    /// <summary>The version of a rule, or of the change that took it away; null: there was none.</summary>
    public long? VersionOf(string id) => _stored.TryGetValue(id, out StoredRule? rule) ? rule.Version : null;

    /// <summary>Makes the pattern of a text; throws what is wrong with it.</summary>
    public CompiledRule<T> Compile(string text) =>
        CompiledRule<T>.Of(patternOf(text) ?? throw new PipelineException("No pattern was made of the rule's text."));

    /// <summary>A number for a new rule.</summary>
    public int NewNumber()
    {
        if (_freeNumbers.TryPop(out int free))
            return free;
        _byNumber.Add(null);
        return _byNumber.Count - 1;
    }

    public void Put(Rule<T> rule, string text)
    {
        (_inForce[rule.Id], _byNumber[rule.Number]) = (rule, rule);
        var stored = new StoredRule(rule.Id, rule.Version, text, rule.Automaton.StageKinds,
            [.. rule.Automaton.States.Select(state => state.Name)]);
        if (_stored.TryGetValue(rule.Id, out StoredRule? before) && before.Version == stored.Version
            && before.Stages.AsSpan().SequenceEqual(stored.Stages)
            && before.States.AsSpan().SequenceEqual(stored.States))
            return;
        _stored[rule.Id] = stored;
        _changed.Add(rule.Id);
    }

    public void Remove(string id, long version)
    {
        if (_inForce.Remove(id, out Rule<T>? rule))
        {
            _byNumber[rule.Number] = null;
            _freeNumbers.Push(rule.Number);
        }

        _stored[id] = new StoredRule(id, version, null, [], []);
        _changed.Add(id);
    }

    public void Wait(long time, RuleChange change) => _isWaitingChanged |= _waiting.Add(new StoredChange(time, change));

    /// <summary>The next change whose time is <paramref name="time"/> or before.</summary>
    public StoredChange? Due(long time) => _waiting.Min is { } next && next.Time <= time ? next : null;

    /// <summary>When the next change is due; the end of time if none waits.</summary>
    public long NextTime => _waiting.Min?.Time ?? EventTime.MaxValue;

    public void IsDone(StoredChange change) => _isWaitingChanged |= _waiting.Remove(change);

    public void BeginJournal()
    {
    }

    public bool HasChanges(int shard) => shard == 0 && (_changed.Count > 0 || _isWaitingChanged);

    public void WriteChanges(int shard, ShardBlobWriter writer)
    {
        foreach (string id in _changed)
            Write(_stored[id], writer);
        if (!_isWaitingChanged)
            return;
        writer.Out.WriteByte(NoneWaitRecord);
        writer.EndRecord();
        WriteWaiting(writer);
    }

    public void WriteSnapshot(int shard, ShardBlobWriter writer)
    {
        if (shard != 0)
            return;
        foreach (StoredRule rule in _stored.Values)
            Write(rule, writer);
        WriteWaiting(writer);
    }

    public void EndJournal()
    {
        _changed.Clear();
        _isWaitingChanged = false;
    }

    public void Restore(int shard, bool isSnapshot, ref BlobReader records, Schema written)
    {
        Schema[] parts = PairSchema.Split(written, 2);
        (Codec<StoredRule> rules, Codec<StoredChange> changes) = (_ruleCodec.ReaderOf(parts[0]), _changeCodec.ReaderOf(parts[1]));
        while (records.Remaining > 0)
        {
            switch (records.ReadByte())
            {
                case RuleRecord:
                    StoredRule rule = rules.Read(ref records);
                    _stored[rule.Id] = rule;
                    break;
                case WaitingRecord:
                    _waiting.Add(changes.Read(ref records));
                    break;
                case NoneWaitRecord:
                    _waiting.Clear();
                    break;
                case byte kind:
                    throw new CodecException($"Stored data is damaged: a record of kind {kind} among rules.");
            }
        }
    }

    /// <summary>In the order of time; at one time of rules, then of versions, so that every region does the same.</summary>
    private static int Compare(StoredChange first, StoredChange second)
    {
        int order = first.Time.CompareTo(second.Time);
        if (order == 0)
            order = string.CompareOrdinal(first.Change.Id, second.Change.Id);
        if (order == 0)
            order = first.Change.Version.CompareTo(second.Change.Version);
        return order != 0 ? order : string.CompareOrdinal(first.Change.Pattern, second.Change.Pattern);
    }

    private void Write(StoredRule rule, ShardBlobWriter writer)
    {
        writer.Out.WriteByte(RuleRecord);
        _ruleCodec.Write(writer.Out, rule);
        writer.EndRecord();
    }

    private void WriteWaiting(ShardBlobWriter writer)
    {
        foreach (StoredChange change in _waiting)
        {
            writer.Out.WriteByte(WaitingRecord);
            _changeCodec.Write(writer.Out, change);
            writer.EndRecord();
        }
    }
}
