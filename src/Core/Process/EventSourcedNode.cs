using ActorStreams.Core.Codecs;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>A user's event-sourced entities in the graph.</summary>
internal sealed class EventSourcedNode<TKey, TIn, TState, TEvent>(
    string name, KeyedStream<TKey, TIn> input, Func<TState> initial, Func<TState, TIn, IEnumerable<TEvent>> decide,
    Func<TState, TEvent, TState> apply, TimeToLive? timeToLive)
    : KeyedNode<TKey, TIn, TEvent>(name, "event-sourced", input), ICommandNode
{
    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TState>(pipeline, "state");
        Require<TEvent>(pipeline, "event");
    }

    /// <summary>Lives may be over at any microsecond; a watermark every millisecond of event time shows it soon enough.</summary>
    public override long WatermarkGranularity => timeToLive is { InProcessingTime: false } ? 1_000 : base.WatermarkGranularity;

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => NewStates(shards);

    public void WriteCommand(object command, BlobWriter writer) => RecordCodec.Of<TIn>().Write(writer, RowOf(Name, command));

    public object ReadCommand(ref BlobReader reader) =>
        RecordCodec.Of<TIn>().Read(ref reader) ?? throw new CodecException("A command to an entity is null.");

    public Decided ReadDecided(ref BlobReader reader) => DecidedEvents<TEvent>.Read(ref reader);

    /// <summary>A command that came by message, of whatever type, as a row of the operator's input.</summary>
    /// <exception cref="JobException">It is of another type.</exception>
    public static TIn RowOf(string operatorName, object command) => command is TIn row ? row : throw new JobException(
        $"Operator '{operatorName}' takes commands of type {typeof(TIn)}, and this one is a {command.GetType()}. " +
        "To ask for a state, send a question.");

    protected override KeyedOperator<TKey, TIn> Build(StageBuild build, RegionSite<TKey, TIn> site)
    {
        EventTimeLives.Check(build, this, timeToLive is { InProcessingTime: false } ? "state" : null);
        return new EventSourcedRegion<TKey, TIn, TState, TEvent>(site, NewStates(site.Shards), decide, build.Downstream(this),
            hasEventTime: Inputs.All(build.EventTimes.Has));
    }

    private EventSourcedStates<TKey, TState, TEvent> NewStates(ShardRange shards) => new(shards, initial, apply, timeToLive);
}

/// <summary>One region of event-sourced entities: decide, then the same apply that a replay uses.</summary>
internal sealed class EventSourcedRegion<TKey, TIn, TState, TEvent>(
    RegionSite<TKey, TIn> site,
    EventSourcedStates<TKey, TState, TEvent> states, Func<TState, TIn, IEnumerable<TEvent>> decide, Receiver<TEvent> output,
    bool hasEventTime)
    : RowByRowOperator<TKey, TIn, TEvent>(site, output), ICommandHost
{
    private readonly List<TEvent> _decided = [];
    private readonly bool _isBounded = NestingBound<TEvent>.IsNeeded || NestingBound<TState>.IsNeeded;

    public override EntityStates<TKey> Entities => states;

    public Decided Decide(object key, object command)
    {
        TKey entity = AnyKey.As<TKey>(OperatorName, key);
        TIn row = EventSourcedNode<TKey, TIn, TState, TEvent>.RowOf(OperatorName, command);
        ulong hash = Shards.HashOf(entity);
        if (!Shards.Contains(Shards.Map.ShardOf(hash)))
            throw new InvalidOperationException($"Operator '{OperatorName}': the command was given to a region that does not host its key.");
        TKey owner = KeyOf(row);
        if (Shards.HashOf(owner) != hash || !EqualityComparer<TKey>.Default.Equals(owner, entity))
        {
            throw new JobException($"Operator '{OperatorName}': the command is addressed to '{entity}', and its key is '{owner}'. " +
                "Address it to the key that KeyBy finds in it.");
        }

        if (Watermark == EventTime.MaxValue)
            throw new JobException($"Operator '{OperatorName}': the job's input has ended, and no commands are taken any more.");

        // It happens in the present of the stream, where no operator behind this one finds it late.
        long time = Watermark != EventTime.MinValue || !hasEventTime ? Watermark : Context.Clock.GetUtcNow().ToMicros();
        RunOne(row, entity, hash, time);
        return new DecidedEvents<TEvent>([.. _decided]);
    }

    protected override void OnRow(in TIn row, TKey key, ulong hash, long time)
    {
        // Everything that may throw comes first: a row is applied with all of its events, or leaves no trace.
        states.Lives?.OnRow(time, Watermark, Context.Clock);
        TState state = states.StateOf(key, hash);
        _decided.Clear();
        _decided.AddRange(decide(state, row));
        if (_decided.Count == 0)
        {
            states.Lives?.OnRead(key, hash);
            return;
        }

        foreach (TEvent decided in _decided)
            state = states.Apply(state, _isBounded ? NestingBound<TEvent>.Checked(decided) : decided);
        if (_isBounded)
            NestingBound<TState>.Checked(state);
        states.Append(key, hash, state, _decided);
        foreach (TEvent decided in _decided)
            Emit(decided, time);
    }

    protected override bool FireOne(long watermark)
    {
        states.Lives?.OnWatermark(watermark);
        return false;
    }

    protected override void RollBack() => _decided.Clear();
}
