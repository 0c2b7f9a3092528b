using ActorStreams.Core.Sources;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Outbox.Runtime;

/// <summary>One region of an outbox.</summary>
/// <remarks>
/// The life of a call, in order: its row comes (fresh); the barrier journals it; its epoch is committed, which makes it open; it stands in
/// line behind the calls of its key; it is made, again after each failure; it returns, which takes it out of the state and puts its outcome
/// out, in one epoch. Everything happens in the actor's turn; calls go on across barriers, because what they would change is journaled only
/// when they return.
/// </remarks>
internal sealed class CallOut<TKey, T, TAnswer>(
    RegionSite<TKey, T> site, OutboxStates<TKey, T> states,
    Func<Effect<TKey, T>, CancellationToken, ValueTask<TAnswer>> function, CallOutOptions options, EffectIds<TKey> ids, OpenWork work,
    RowBuffer<Outcome<TKey, T, TAnswer>> outcomes)
    : KeyedOperator<TKey, T>(site), IResumable, IFiring, IAsyncPart, IHolder
{
    private long _progressAt = SourceClockwork.Now(site.Context.Clock);

    private readonly FiringLoop _loop = new(site.Context, outcomes);
    private readonly CallsUnderWay<OpenEffect<TKey, T>, TAnswer> _calls = new(
        new UnorderedCalls<OpenEffect<TKey, T>, TAnswer>(), options.Timeout, site.Context);

    private readonly EffectLines<TKey, T> _lines = new(options.OrderedByKey, options, site.Context);
    private readonly Dictionary<(InnerKey<TKey> Key, long Position), int> _ofThisEpoch = [];
    private readonly Queue<(long Epoch, List<OpenEffect<TKey, T>> Effects)> _journaled = new();
    private List<OpenEffect<TKey, T>> _fresh = [];
    private long _committed;
    private long _nextOrder;
    private long _passed = EventTime.MinValue;
    private bool _holdsEnd;
    private int _waiting;
    private int _open;
    private long _made, _acknowledged, _failed, _givenUp;

    public override EntityStates<TKey> Entities => states;

    public bool IsSuspended => _loop.IsSuspended;

    public bool CanCut => _loop.CanCut;

    public bool IsWaiting => _open >= options.MaxOpen;

    public bool HasCallsUnderWay => _calls.Count > 0;

    public bool IsIdle => outcomes.IsEmpty && !(_holdsEnd && _waiting + _open == 0);

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [("calls", _made), ("acknowledged", _acknowledged), ("failed", _failed), ("given_up", _givenUp), ("open", _waiting + _open)];

    public string HolderName => OperatorName;

    /// <summary>Open calls hold nobody up, until there are as many as there may be.</summary>
    public (string What, long Since)? Holding =>
        IsWaiting ? ($"has {_open:N0} open calls, as many as {nameof(CallOutOptions.MaxOpen)} allows, none of which was acknowledged",
            Volatile.Read(ref _progressAt)) : null;

    public void Resume() => _loop.Continue(this);

    Fired IFiring.Fire() => IsWaiting ? Fired.Stopped : Fired.All;

    /// <summary>The watermark does not wait for calls.</summary>
    void IFiring.OnFired()
    {
    }

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        List<OpenEffect<TKey, T>> effects =
        [
            .. states.Effects.All()
                .SelectMany(static key => key.Entries,
                static (key, entry) => new OpenEffect<TKey, T>(key.Key, key.Hash, entry.Key) { Stored = entry.Value })
                .OrderBy(static effect => effect.Stored.Order),
        ];
        _nextOrder = effects.Count == 0 ? 0 : effects[^1].Stored.Order + 1;
        _waiting = effects.Count;
        if (effects.Count > 0)
            work.Add(effects.Count);
        Begin(effects);
        _passed = Watermark == EventTime.MaxValue ? EventTime.MinValue : Watermark;
        if (IsWaiting)
            _loop.Suspend();
        Context.Inbox.Wake();
    }

    public override ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        _ofThisEpoch.Clear();
        if (_fresh.Count > 0)
        {
            _journaled.Enqueue((report.Epoch, _fresh));
            _fresh = [];
        }

        report.HasOpenWork |= _waiting + _open > 0;
        report.Committed.Add(_ =>
        {
            Volatile.Write(ref _committed, report.Epoch);
            Context.Inbox.Wake();
            return ValueTask.CompletedTask;
        });
        return base.OnBarrierAsync(report, cancellation);
    }

    public override async ValueTask CloseAsync()
    {
        await _calls.CloseAsync();
        await _lines.CloseAsync();
        await base.CloseAsync();
    }

    /// <summary>Gets on with everything that may have happened since.</summary>
    public bool Advance()
    {
        bool any = false, again = true;
        _calls.CheckDeadlines();
        while (again)
            any |= again = BeginCommitted() | TakeReturned() | MakeCalls();
        _lines.SetTimer();
        if (!_holdsEnd || _waiting + _open > 0 || !Context.MayEmit(this) || !outcomes.IsEmpty)
            return any;
        _holdsEnd = false;
        outcomes.Output.OnWatermark(EventTime.MaxValue);
        return true;
    }

    protected override void RestoreCounters(Func<string, long> counter) =>
        (_made, _acknowledged, _failed, _givenUp) = (counter("calls"), counter("acknowledged"), counter("failed"), counter("given_up"));

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        for (int row = 0; row < chunk.Count; row++)
            Add(keys[row], hashes[row], chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
        _waiting += chunk.Count;
        work.Add(chunk.Count);
        if (!IsWaiting)
            return;
        _loop.Suspend();
        Context.Yield();
    }

    protected override void Advance(long watermark)
    {
        // Rows that come late from calls would be late for what is downstream; but whoever waits for the end must get them.
        if (watermark == EventTime.MaxValue && _waiting + _open > 0)
        {
            _holdsEnd = true;
            return;
        }

        _passed = watermark;
        outcomes.Output.OnWatermark(watermark);
    }

    private void Add(TKey key, ulong hash, T row, long time, long position)
    {
        (string partition, long offset) = ids.PlaceOf(position);
        Guid id;
        if (position == Position.None)
        {
            id = ids.Of(key, states.Numbers.Touch(key, hash)++);
        }
        else
        {
            // What becomes of one source row comes within one epoch: counting those of this epoch tells them apart.
            ref int ordinal = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_ofThisEpoch,
                (new InnerKey<TKey>(key), position), out _);
            id = ids.Of(key, partition, offset, ordinal++);
        }

        var effect = new OpenEffect<TKey, T>(key, hash, id) { Stored = new StoredEffect<T>(row, time, _nextOrder++, 0, partition, offset) };
        states.Scope.Enter(key, hash);
        states.Effects.Put(id, effect.Stored);
        _fresh.Add(effect);
    }

    private bool BeginCommitted()
    {
        bool any = false;
        while (_journaled.TryPeek(out (long Epoch, List<OpenEffect<TKey, T>> Effects) oldest)
            && oldest.Epoch <= Volatile.Read(ref _committed))
        {
            Begin(_journaled.Dequeue().Effects);
            any = true;
        }

        return any;
    }

    private void Begin(List<OpenEffect<TKey, T>> effects)
    {
        _waiting -= effects.Count;
        _open += effects.Count;
        work.Begin(effects.Count);
        foreach (OpenEffect<TKey, T> effect in effects)
            _lines.Enter(effect);
    }

    private bool MakeCalls()
    {
        bool any = false;
        while (_calls.Count < options.Capacity && _lines.TryTakeReady(out OpenEffect<TKey, T>? effect))
        {
            any = true;
            _made++;
            Call(effect);
        }

        return any;
    }

    private void Call(OpenEffect<TKey, T> effect)
    {
        var cancellation = new CancellationTokenSource();
        var call = new AsyncCall<OpenEffect<TKey, T>, TAnswer>(effect, effect.Stored.Time, Position.None, cancellation);
        _calls.Add(call);
        _ = _calls.AwaitAsync(call, Ask(effect.Shown, cancellation.Token));
    }

    /// <summary>Makes a call; one that fails at once has failed like any other.</summary>
    private ValueTask<TAnswer> Ask(Effect<TKey, T> effect, CancellationToken cancellation)
    {
        try
        {
            return options.Resilience is { } resilience ? AskAsync(effect, resilience, cancellation) : function(effect, cancellation);
        }
        catch (Exception error)
        {
            return ValueTask.FromException<TAnswer>(error);
        }
    }

    private async ValueTask<TAnswer> AskAsync(
        Effect<TKey, T> effect, Func<Func<CancellationToken, ValueTask>, CancellationToken, ValueTask> resilience,
        CancellationToken cancellation)
    {
        TAnswer answer = default!;
        await resilience(async token => answer = await function(effect, token), cancellation);
        return answer;
    }

    /// <summary>Takes what has returned, as far as output takes it.</summary>
    private bool TakeReturned()
    {
        bool any = false;
        while (Context.MayEmit(this))
        {
            if (!outcomes.IsFull && _calls.TryTake(out AsyncCall<OpenEffect<TKey, T>, TAnswer>? call))
            {
                any = true;
                if (call.Error is { } error)
                    OnFailed(call.Row, error);
                else
                    OnAcknowledged(call.Row, call.Result);
                continue;
            }

            if (outcomes.IsEmpty)
                break;
            outcomes.Send();
            any = true;
        }

        return any;
    }

    private void OnAcknowledged(OpenEffect<TKey, T> effect, TAnswer answer)
    {
        _acknowledged++;
        PutOut(effect, new Outcome<TKey, T, TAnswer>(effect.Shown, true, answer, null));
        Close(effect);
    }

    private void OnFailed(OpenEffect<TKey, T> effect, Exception error)
    {
        _failed++;
        string what = $"{error.GetType().Name}: {error.Message}";
        StoredEffect<T> stored = effect.Stored;
        if (stored.Attempts + 1 < (options.MaxAttempts ?? int.MaxValue))
        {
            effect.Stored = stored with { Attempts = stored.Attempts + 1 };
            states.Scope.Enter(effect.Key, effect.Hash);
            states.Effects.Put(effect.Id, effect.Stored);
            _lines.Retry(effect);
            return;
        }

        if (options.GiveUp == GiveUp.Fail)
        {
            throw new JobException(
                $"Pipeline '{Context.Pipeline}', operator '{OperatorName}', key '{effect.Key}': call {effect.Id} has failed {options.MaxAttempts} times, the last time with {what} " +
                $"Remove the cause and start the job again, which tries again; or set {nameof(CallOutOptions)}.{nameof(CallOutOptions.GiveUp)} to {nameof(GiveUp.DeadLetter)} or {nameof(GiveUp.Emit)}.", error);
        }

        _givenUp++;
        if (options.GiveUp == GiveUp.Emit)
            PutOut(effect, new Outcome<TKey, T, TAnswer>(effect.Shown, false, default, what));
        else
            Errors.OnGivenUp($"Call {effect.Id} given up after {stored.Attempts + 1} attempts: {what}", stored.Row, stored.Partition,
                stored.Offset, stored.Time);
        Close(effect);
    }

    private void PutOut(OpenEffect<TKey, T> effect, in Outcome<TKey, T, TAnswer> outcome) =>
        outcomes.Add(outcome, Math.Max(effect.Stored.Time, _passed), Position.None);

    /// <summary>The call is over: it leaves the state in the epoch in which its outcome is put out.</summary>
    private void Close(OpenEffect<TKey, T> effect)
    {
        states.Scope.Enter(effect.Key, effect.Hash);
        states.Effects.Remove(effect.Id);
        if (states.Effects.Entries.Count == 0)
            states.Effects.Clear();
        _lines.Leave(effect);
        Volatile.Write(ref _progressAt, SourceClockwork.Now(Context.Clock));
        _open--;
        work.End(1);
    }
}
