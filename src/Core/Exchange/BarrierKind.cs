namespace ActorStreams.Core.Exchange;

/// <summary>Why an epoch ends.</summary>
internal enum BarrierKind
{
    /// <summary>The next epoch follows.</summary>
    Periodic,

    /// <summary>The job is being stopped: sources read no more; it can be started again from here.</summary>
    Stop,

    /// <summary>Every source has given what was available: what is complete is fired before the barrier passes, what is open stays open for
    /// the next run.</summary>
    CaughtUp,

    /// <summary>Every source has ended: everything is fired before the barrier passes.</summary>
    End,
}
