using ActorStreams.Core.Journal;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>Rules come, change and go: what a region does with changes, and with the rules and partial matches that are restored.</summary>
/// <param name="site">The region's site.</param>
/// <param name="region">The region.</param>
/// <param name="entities">What it keeps.</param>
/// <param name="settings">How changes are taken.</param>
/// <param name="index">Gets the rules in force.</param>
/// <param name="alarms">Get the deadlines of partial matches.</param>
internal sealed class RuleChanges<TKey, T>(
    RegionSite<TKey, T> site, RuleRegion<TKey, T> region, RuleEntities<TKey, T> entities, RuleSettings<TKey, T> settings,
    RuleIndex<T> index, Alarms<(TKey Key, int Rule)> alarms)
{
    private readonly RuleSet<T> _rules = entities.Rules;
    private readonly RuleCells<TKey, T> _cells = entities.Cells;
    private TKey _key = default!;
    private long _applied;
    private long _late;
    private long _stale;
    private long _refused;
    private long _dropped;

    private delegate void OnCell(ulong hash, int at, ref KeyRuns runs);

    public IEnumerable<(string Name, long Value)> OwnCounters =>
    [
        ("rules", TellsOfChanges ? _rules.Count : 0), ("changes_applied", _applied), ("changes_late", _late), ("changes_stale", _stale),
        ("changes_refused", _refused), ("partials_dropped", _dropped),
    ];

    /// <summary>Every region sees every change; this one tells of them.</summary>
    private bool TellsOfChanges => site.Shards is { First: 0, Count: > 0 };

    public void RestoreCounters(Func<string, long> counter)
    {
        (_applied, _late, _stale) = (counter("changes_applied"), counter("changes_late"), counter("changes_stale"));
        (_refused, _dropped) = (counter("changes_refused"), counter("partials_dropped"));
    }

    /// <summary>Takes changes in: they are looked at now, and in force when their time has come.</summary>
    public void Take(in Chunk<RuleChange> chunk)
    {
        long complete = region.RowsDone;
        for (int row = 0; row < chunk.Count; row++)
        {
            (RuleChange change, long time, long position) = (chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
            if (!IsValid(change, time, position))
                continue;

            // All rows before the watermark were matched, or will be before the next change is looked for.
            if (!settings.IsOnArrival && time < complete && TellsOfChanges)
                _late++;
            _rules.Wait(settings.IsOnArrival ? complete : Math.Max(time, complete), change);
        }
    }

    /// <summary>Puts changes in force whose time is <paramref name="upTo"/> or before; all earlier rows are done.</summary>
    /// <returns>False if output is full.</returns>
    public bool Apply(long upTo)
    {
        while (_rules.Due(upTo) is { } due)
        {
            // What was over before the change is over under the old rule.
            if (!region.FireBefore(due.Time))
                return false;
            _rules.IsDone(due);
            Apply(due.Change, due.Time);
        }

        return true;
    }

    /// <summary>Restores the rules where another region hosts the shard that they are stored with, and gives all rules their partial
    /// matches.</summary>
    public async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        if (!site.Shards.Contains(0))
            await ReadRulesAsync(opening, cancellation);
        Bind();
    }

    private bool IsValid(RuleChange change, long time, long position)
    {
        if (string.IsNullOrWhiteSpace(change?.Id))
        {
            Refuse(change, time, position, new PipelineException("A change of rules names no rule."));
            return false;
        }

        return change.Pattern is null || TryCompile(change, time, position) is not null;
    }

    private CompiledRule<T>? TryCompile(RuleChange change, long time, long position)
    {
        try
        {
            return _rules.Compile(change.Pattern!);
        }
        catch (Exception error)
        {
            Refuse(change, time, position, error);
            return null;
        }
    }

    private void Refuse(RuleChange? change, long time, long position, Exception error)
    {
        if (!TellsOfChanges)
            return;
        _refused++;
        site.Errors.OnRefused(error, change, time, position);
    }

    private void Apply(RuleChange change, long time)
    {
        if (_rules.VersionOf(change.Id) is { } version && version >= change.Version)
        {
            _stale += TellsOfChanges ? 1 : 0;
            return;
        }

        Rule<T>? before = _rules.Find(change.Id);
        if (change.Pattern is null)
        {
            if (before is not null)
                Drop(before, time);
            _rules.Remove(change.Id, change.Version);
        }
        else if (TryCompile(change, time, Position.None) is not { } compiled
            || (before is not null && !Replace(before, compiled, change, time)))
        {
            return;
        }
        else if (before is null)
        {
            PutInForce(NewRule(_rules.NewNumber(), change.Id, change.Version, compiled), change.Pattern);
        }

        _applied += TellsOfChanges ? 1 : 0;
    }

    private Rule<T> NewRule(int number, string id, long version, CompiledRule<T> compiled) =>
        new(number, id, version, compiled, new Matcher<T>(compiled.Automaton, _cells.Buffer, region));

    private void PutInForce(Rule<T> rule, string text)
    {
        _rules.Put(rule, text);
        index.Add(rule);
    }

    private void Drop(Rule<T> rule, long time)
    {
        index.Remove(rule);
        ForEachCell(rule, (ulong hash, int at, ref KeyRuns runs) =>
        {
            rule.Matcher.Expire(ref runs, time);
            _dropped += _cells.Release(runs);
            runs = KeyRuns.None;
        });
    }

    /// <returns>False if the change is refused.</returns>
    private bool Replace(Rule<T> before, CompiledRule<T> compiled, RuleChange change, long time)
    {
        string[] states = [.. before.Automaton.States.Select(state => state.Name)];
        string? loss = RuleUpgrade.Of(before.Automaton.StageKinds, states, compiled.Automaton, out int[]? numbers);
        if (loss is not null && settings.RefusesIncompatible)
        {
            Refuse(change, time, Position.None, new PipelineException(
                $"Rule '{change.Id}', version {change.Version}, would lose partial matches of version {before.Version}: {loss}. " +
                "Conditions and time bounds may change and stages may be appended; " +
                "for anything else remove the rule first, or give it another id."));
            return false;
        }

        Rule<T> rule = NewRule(before.Number, change.Id, change.Version, compiled);
        rule.Matcher.NextNumber = before.Matcher.NextNumber;
        ForEachCell(before, (ulong hash, int at, ref KeyRuns runs) =>
        {
            before.Matcher.Expire(ref runs, time);
            Move(rule, hash, at, ref runs, numbers);
            Enter(_key, rule);
            rule.Matcher.Expire(ref runs, time);
            _cells.Touch(_key, hash, at);
            alarms.Set(ref runs, (_key, rule.Number), hash);
        });
        index.Remove(before);
        PutInForce(rule, change.Pattern!);
        return true;
    }

    /// <summary>Makes partial matches those of another pattern.</summary>
    /// <param name="rule">The rule they are of from now on.</param>
    /// <param name="hash">Of the key.</param>
    /// <param name="at">The cell; negative before there is one.</param>
    /// <param name="runs">The partial matches.</param>
    /// <param name="numbers">The new number of each state, -1 for one that is gone; null: the patterns have nothing in common.</param>
    private void Move(Rule<T> rule, ulong hash, int at, ref KeyRuns runs, int[]? numbers)
    {
        MatchBuffer<T> buffer = _cells.Buffer;
        if (numbers is null)
        {
            _dropped += _cells.Release(runs);
            runs = KeyRuns.None;
        }

        int first = -1, last = -1;
        for (int run = runs.First; run >= 0;)
        {
            int next = buffer.Run(run).Next;
            int state = numbers![buffer.Run(run).State];
            if (state < 0)
            {
                buffer.Release(buffer.Run(run).Node);
                buffer.FreeRun(run);
                _dropped++;
            }
            else
            {
                (buffer.Run(run).State, buffer.Run(run).Next) = (state, -1);
                if (last < 0)
                    first = run;
                else
                    buffer.Run(last).Next = run;
                last = run;
            }

            run = next;
        }

        // Matches that waited for earlier ones need not where nothing is skipped any more.
        runs.First = first;
        if (rule.Automaton.Skip.Kind == SkipKind.None)
        {
            for (int run = runs.FirstComplete; run >= 0; run = buffer.Run(run).Next)
                ((IMatchOutput)region).OnMatch(buffer.Run(run).Node, region.RowsDone);
            _cells.Release(runs with { First = -1 });
            runs.FirstComplete = -1;
        }

        rule.Matcher.FindDeadline(ref runs);
        runs.Alarm = EventTime.MaxValue;

        // What the journal has means something else from now on.
        if (!IsIdentity(numbers) || at >= 0)
            runs.Names = -1;
        if (at >= 0)
            _cells.SeesEveryRow(hash, at, rule.SeesEveryRow);
    }

    /// <summary>Calls for each of a rule's cells, with its key and the rule set; those without runs afterwards are gone.</summary>
    private void ForEachCell(Rule<T> rule, OnCell call)
    {
        var cells = new List<TKey>();
        StateMap<TKey, int> keys = _cells.Keys;
        for (int slot = 0; slot < keys.SlotCount; slot++)
        {
            ref StateMap<TKey, int>.Entry entry = ref keys.At(slot);
            if (!keys.IsLive(entry))
                continue;
            for (int at = entry.State; at >= 0; at = _cells.At(at).Next)
            {
                if (_cells.At(at).Rule == rule.Number)
                    cells.Add(entry.Key);
            }
        }

        foreach (TKey key in cells)
        {
            ulong hash = site.Shards.HashOf(key);
            int previous = -1, at = _cells.First(key, hash);
            while (_cells.At(at).Rule != rule.Number)
                (previous, at) = (at, _cells.At(at).Next);
            Enter(key, rule);
            KeyRuns runs = _cells.At(at).Runs;
            call(hash, at, ref runs);
            if (runs.IsEmpty)
                _cells.Remove(key, hash, previous, at);
            else
                _cells.At(at).Runs = runs;
        }
    }

    /// <summary>The rules are stored with the first shard, which another region hosts.</summary>
    private async ValueTask ReadRulesAsync(StageOpening opening, CancellationToken cancellation)
    {
        (string pipeline, var first) = (site.Context.Pipeline, new ShardRange(0, 1, site.Shards.Map));
        await opening.ReadAsync(pipeline, site.Name, first, entry => ShardBlob.Read(
            pipeline, entry, (string state, string schema, ref BlobReader records) =>
            {
                if (string.Equals(state, RuleSet<T>.StateName, StringComparison.Ordinal))
                    _rules.Restore(entry.Shard, entry.IsSnapshot, ref records, opening.SchemaOf(schema, pipeline, site.Name));
            }), cancellation);
    }

    /// <summary>Compiles the restored rules and gives them their partial matches.</summary>
    private void Bind()
    {
        var moves = new Dictionary<string, int[]?>(StringComparer.Ordinal);
        foreach (StoredRule stored in _rules.Stored.Where(rule => rule.Pattern is not null).ToArray())
        {
            CompiledRule<T> compiled = Recompile(stored);
            string? loss = RuleUpgrade.Of(stored.Stages, stored.States, compiled.Automaton, out int[]? numbers);
            if (loss is not null && settings.RefusesIncompatible)
            {
                throw new StoreException($"Operator '{site.Name}', rule '{stored.Id}', version {stored.Version}: " +
                    $"the text now makes another pattern than the one that has partial matches: {loss}. " +
                    $"Make the same pattern of it, or leave out {nameof(RuleStream<,>.RefuseIncompatible)} to drop them.");
            }

            moves[stored.Id] = numbers;
            Rule<T> rule = NewRule(_rules.NewNumber(), stored.Id, stored.Version, compiled);
            rule.Matcher.NextNumber = entities.States.NextNumber;
            PutInForce(rule, stored.Pattern!);
        }

        foreach (((TKey key, string id), (long version, KeyRuns stored)) in entities.States.Restored)
        {
            KeyRuns runs = stored;
            if (_rules.Find(id) is not { } rule || rule.Version != version)
            {
                _cells.Release(runs);
                continue;
            }

            Bind(rule, key, site.Shards.HashOf(key), runs, moves[id]);
        }

        entities.States.Restored.Clear();
    }

    private void Bind(Rule<T> rule, TKey key, ulong hash, KeyRuns runs, int[]? numbers)
    {
        int completeBefore = runs.FirstComplete;
        Enter(key, rule);
        Move(rule, hash, -1, ref runs, numbers);
        bool isSame = IsIdentity(numbers) && runs.FirstComplete == completeBefore;
        int previous = -1, at = _cells.First(key, hash);
        while (at >= 0 && _cells.At(at).Rule < rule.Number)
            (previous, at) = (at, _cells.At(at).Next);
        at = _cells.Insert(key, hash, previous, rule.Number, runs, rule.SeesEveryRow);
        _cells.At(at).IsStored = true;
        if (!isSame)
            _cells.Touch(key, hash, at);
        if (runs.IsEmpty)
        {
            _cells.Remove(key, hash, previous, at);
            return;
        }

        alarms.Set(ref runs, (key, rule.Number), hash);
        _cells.At(at).Runs = runs;
    }

    private static bool IsIdentity(int[]? numbers)
    {
        for (int i = 0; i < (numbers?.Length ?? 0); i++)
        {
            if (numbers![i] != i)
                return false;
        }

        return numbers is not null;
    }

    private CompiledRule<T> Recompile(StoredRule stored)
    {
        try
        {
            return _rules.Compile(stored.Pattern!);
        }
        catch (Exception error)
        {
            throw new PipelineException($"Operator '{site.Name}', rule '{stored.Id}', version {stored.Version}: " +
                $"the stored text '{stored.Pattern}' is no pattern any more: {error.Message} What stored rules name must stay in the " +
                "conditions: put it back, remove or replace the rule by a change, then take it out.", error);
        }
    }

    /// <summary>Whatever comes out from here on is of this key and rule.</summary>
    private void Enter(TKey key, Rule<T> rule)
    {
        _key = key;
        region.Enter(key, rule);
    }
}
