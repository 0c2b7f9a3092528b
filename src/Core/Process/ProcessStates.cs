using ActorStreams.Core.Journal;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.State;

namespace ActorStreams.Core.Process;

/// <summary>The states and timers that a function declared, bound to the shards of a region.</summary>
internal sealed class ProcessStates<TKey> : EntityStates<TKey>
{
    private readonly IShardedState[] _journaled;
    private readonly ShardRange _shards;

    /// <summary>Makes a function once, to see whether its states can be kept.</summary>
    /// <exception cref="PipelineException">They cannot; the message names the operator.</exception>
    public static void Check(Func<KeyedFunction<TKey>> create, string pipeline, string name)
    {
        try
        {
            create();
        }
        catch (PipelineException error)
        {
            throw new PipelineException($"Pipeline '{pipeline}', operator '{name}': {error.Message}", error);
        }
    }

    public ProcessStates(KeyedFunction<TKey> function, ShardRange shards, bool undoes)
    {
        (Function, _shards) = (function, shards);
        Scope.Undo = undoes ? [] : null;
        Expiring = ExpiringStates.Of(function.States);
        EventTimers = new TimerQueue<TKey>("event-time timers", shards);
        ClockTimers = new TimerQueue<TKey>("processing-time timers", shards);
        _journaled = [.. function.States.Select(state => state.Bind(shards, Scope)), EventTimers, ClockTimers];
    }

    public KeyedFunction<TKey> Function { get; }

    public KeyScope<TKey> Scope { get; } = new();

    /// <summary>Those of the states that live for a time; null if none does.</summary>
    public ExpiringStates? Expiring { get; }

    public TimerQueue<TKey> EventTimers { get; }

    public TimerQueue<TKey> ClockTimers { get; }

    public KeptBack KeptBack => KeptBack.Of("timers", () => EventTimers.Count);

    public override IReadOnlyList<IShardedState> Journaled => _journaled;

    public override IReadOnlyList<string> Names => Function.States.Count == 0 ? ["(none)"]
        : [.. Function.States.Select(state => state.Name)];

    public override void StandAt(long watermark, long clockTime) => Expiring?.Clock.StandAt(watermark, clockTime);

    public override object? Read(TKey key, string name) =>
        Function.States.FirstOrDefault(state => state.Name == name)?.Read(key, _shards.HashOf(key));
}
