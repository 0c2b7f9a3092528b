namespace ActorStreams.TestKit;

/// <summary>What a simulation does to a job.</summary>
public enum FaultKind
{
    /// <summary>The machine loses its power: every process ends in the middle of a step, and what the disk had not synchronised may be
    /// gone.</summary>
    Crash,

    /// <summary>Bytes that were written but not synchronised were gone after a crash.</summary>
    LostWrite,

    /// <summary>A record was cut in the middle by a crash, or its last bytes were garbage.</summary>
    TornWrite,

    /// <summary>The store refused a call, and wrote nothing; trying again helps.</summary>
    StoreError,

    /// <summary>The store failed a commit in a way that ends the run, and wrote nothing.</summary>
    StoreFailure,

    /// <summary>The store committed, but the answer was lost.</summary>
    CommitUnknown,

    /// <summary>The store took its time.</summary>
    SlowStore,

    /// <summary>A sink was full and took its time.</summary>
    SlowSink,

    /// <summary>A source had added rows to a read and kept it waiting.</summary>
    SlowSource,

    /// <summary>A process that was thought dead went on beside its successor.</summary>
    Zombie,

    /// <summary>The job was stopped and started again.</summary>
    Stop,

    /// <summary>The job went on with another number of actors.</summary>
    Rescale,

    /// <summary>The time of day was set forward or back.</summary>
    TimeJump,
}
