using System.Numerics;
using System.Runtime.CompilerServices;
using ActorStreams.Core.Options;

namespace ActorStreams;

/// <summary>How a job runs. Every value has a default that is right for a service on one machine.</summary>
public sealed record JobOptions
{
    /// <summary>The most actors of a stage that work at once, 1 to 256. Default: the number of processors.</summary>
    public int Parallelism { get; init => field = Say(value); } = Math.Min(Environment.ProcessorCount, 256);

    /// <summary>The number of shards, a power of two up to 32,768, chosen at the job's first start and kept after it. Default:
    /// 128.</summary>
    public int Shards { get; init => field = Say(value); } = 128;

    /// <summary>The time from one barrier to the next, 10 ms to 49 days. Default: 1 second. Results of transactional sinks appear this
    /// often.</summary>
    public TimeSpan EpochInterval { get; init => field = Say(value); } = TimeSpan.FromSeconds(1);

    /// <summary>How many committed epochs stay readable (<c>as of</c>, restart from an epoch), at least 1. Default: 3.</summary>
    public int RetainEpochs { get; init => field = Say(value); } = 3;

    /// <summary>How long committed epochs stay readable besides, by the time of their commit: all that are younger, however many. Each
    /// costs a row of the store, and keeps the journal that it needs. Default: null, none is kept for its age.</summary>
    public TimeSpan? RetainFor { get; init => field = Say(value); }

    /// <summary>Goes on from this retained epoch instead of the last one: later epochs are forgotten. Default: null, the last one. A job on
    /// several nodes goes back once; whichever node goes on with it later, under the same options, begins with its last epoch.</summary>
    public long? RestartFromEpoch { get; init => field = Say(value); }

    /// <summary>Begins with the state of this savepoint (<see cref="Job.SaveAsync"/>), in a store where the job has nothing yet, or instead of
    /// what it has there. Once that is committed, later starts with the same setting go on from the last epoch; rows that were written
    /// to tables and topics stay. Default: null, the last epoch.</summary>
    public string? RestartFromSavepoint { get; init => field = Say(value); }

    /// <summary>The store that keeps the job's savepoints. The job does not dispose of it. Default: null, the job's own.</summary>
    public Store? SavepointStore { get; init => field = Say(value); }

    /// <summary>Starts although the store holds the state of operators, or the offsets of sources, that the pipeline does not have any
    /// more; both are forgotten.
    /// Default: false, because an operator that was renamed by mistake would start empty, and a source at its beginning.</summary>
    public bool AllowRemovedState { get; init => field = Say(value); }

    /// <summary>Reads what is available now, then stops: at the start every source notes where it ends (files and their sizes, ends of
    /// topics, the position of a database's log); the job
    /// reads up to there, commits, and stops as <see cref="Job.StopAsync()"/> does, with windows and tables kept open for the next run,
    /// which goes on from there. Sources that know no end
    /// (channels, callbacks) are refused. For jobs that a scheduler starts. Default: false, sources are read to their own end or for
    /// ever.</summary>
    public bool AvailableNow { get; init => field = Say(value); }

    /// <summary>What operators do with rows that throw, unless they say otherwise. Default: <see cref="ErrorPolicy.Fail"/>.</summary>
    public ErrorPolicy Errors { get; init => field = Say(value); } = ErrorPolicy.Fail;

    /// <summary>How many dead letters are kept, and when there are so many that it is told.</summary>
    public DeadLetterOptions DeadLetters { get; init => field = Say(value); } = new();

    /// <summary>What becomes of the job when an actor or the store fails. Default: null, <see cref="RestartPolicy.BackOff"/> where the job
    /// has a store to go on from, and
    /// <see cref="RestartPolicy.None"/> where it has none (<see cref="Store.Volatile"/>) or is under test.</summary>
    public RestartPolicy? Restart { get; init => field = Say(value); }

    /// <summary>Where the state of a job is kept whose store was not named: a file <c>&lt;pipeline&gt;.db</c> in this folder, which is
    /// made if it is not there. Relative to the
    /// current folder; in a host, to its content root. Default: <c>actorstreams</c>.</summary>
    public string StateFolder { get; init => field = Say(value); } = "actorstreams";

    /// <summary>Rows whose event time is further than this ahead of the clock go to the dead letters, whatever the error policy says, so
    /// that one wrong record neither drives the
    /// watermark nor ends the job. Null: no bound, and none by <see cref="MaxEventTimeLeap"/> either. Default: 1 day.</summary>
    public TimeSpan? MaxEventTimeAhead { get; init => field = Say(value); } = TimeSpan.FromDays(1);

    /// <summary>The watermark does not follow a row whose event time is further than this ahead of every row before it in its partition,
    /// unless the next row is as far ahead. The row
    /// itself is processed, and counted (<see cref="SourceMetrics.Leaps"/>). Asks the rows, never the clock, so that history read again
    /// gives what it gave. Null: it always follows.
    /// Default: 366 days.</summary>
    public TimeSpan? MaxEventTimeLeap { get; init => field = Say(value); } = TimeSpan.FromDays(366);

    /// <summary>How long a partition of a live source (one whose <see cref="Source{T}.Silence"/> means that nothing happens) must
    /// be quiet before event time goes on with the clock, trailing by
    /// as much: final results come out within window, bound, this and two epochs. Null: event time waits for rows. A source decides for
    /// itself with
    /// <see cref="WatermarkStrategy.WithQuiet"/>. Default: 5 seconds.</summary>
    public TimeSpan? QuietAfter { get; init => field = Say(value); } = TimeSpan.FromSeconds(5);

    /// <summary>The longest a row waits for its batch to fill. Default: 1 ms.</summary>
    public TimeSpan Linger { get; init => field = Say(value); } = TimeSpan.FromMilliseconds(1);

    /// <summary>Rows in a batch between actors, 16 to 65,536. Default: 1,024.</summary>
    public int BatchRows { get; init => field = Say(value); } = 1024;

    /// <summary>Batches on their way between two actors at most, 1 to 1,024: the credit of a lane. Default: 8.</summary>
    public int LaneBatches { get; init => field = Say(value); } = 8;

    /// <summary>How many messages to the entities of one operator wait for their answers at most, 1 to 1,000,000; a further one is refused.
    /// Default: 10,000.</summary>
    public int MaxEntityMessages { get; init => field = Say(value); } = 10_000;

    /// <summary>The source of all time. Default: the system clock.</summary>
#pragma warning disable RS0030 // the one place that names the system clock
    public TimeProvider Clock { get; init => field = Say(value); } = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>Told what the job gets over by itself, such as restarts and a store that takes nothing: for a log. Called on the job's
    /// threads, so it must be quick;
    /// what it throws is ignored. Default: null, a line on the standard error for each.</summary>
    public Action<JobNotice>? OnNotice { get; init => field = Say(value); }

    /// <summary>Which of these settings code has said; what it has not is as the configuration of the ActorSystem has it.</summary>
    private SaidSettings _said;

    /// <summary>The longest that timers wait, in whole days.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(49);

    /// <summary>When snapshots replace journals; the TestKit makes it often.</summary>
    internal SnapshotPolicy Snapshots { get; init; } = SnapshotPolicy.Default;

    /// <summary>The seed of the hashes of a job that begins; null: drawn.</summary>
    internal ulong? KeySeed { get; init; }

    /// <summary>Where that seed is drawn from if chance must be repeatable; null: from the machine.</summary>
    internal Func<ulong>? KeySeeds { get; init; }

    /// <summary>Where the job runs, in the words of its host; null: where the host likes.</summary>
    internal object? Place { get; set; }

    internal ulong DrawKeySeed() => KeySeed ?? KeySeeds?.Invoke() ?? ActorStreams.Core.Keys.KeySeed.Draw();

    /// <summary>An epoch ends whenever event time goes on without rows; the TestKit, whose epochs do not end by themselves, asks for
    /// it.</summary>
    internal bool EndsEpochsWhenQuiet { get; init; }

    /// <summary>The least time between the beginnings of two epochs that somebody asks for. Zero where time stands still.</summary>
    internal TimeSpan AskedEpochsApart { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether code has said the setting, be it with its default.</summary>
    internal bool Says(string setting) => _said.Contains(setting);

    internal void Tell(JobNotice notice)
    {
        try
        {
            if (OnNotice is { } listener)
                listener(notice);
            else
                Console.Error.WriteLine(notice.Message);
        }
        catch (Exception)
        {
            // Whoever listens must not end the job.
        }
    }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new JobOptions());

    /// <summary>What becomes of a job that fails.</summary>
    /// <param name="isVolatile">It has nothing to go on from: it would begin anew, and what it gave already would come again.</param>
    internal RestartPolicy RestartOf(bool isVolatile) => Restart ?? (isVolatile ? RestartPolicy.None : RestartPolicy.BackOff);

    private T Say<T>(T value, [CallerMemberName] string setting = "")
    {
        _said = _said.With(setting);
        return value;
    }

    internal void Validate(string pipeline) => Validate(name => $"Pipeline '{pipeline}': {nameof(JobOptions)}.{name}");

    /// <summary>Refuses a value that is out of its range.</summary>
    /// <param name="named">A setting as its reader knows it.</param>
    internal void Validate(Func<string, string> named)
    {
        Check(Parallelism is >= 1 and <= 256, nameof(Parallelism), Parallelism, "1 to 256");
        Check(EpochInterval >= TimeSpan.FromMilliseconds(10) && EpochInterval <= s_longest, nameof(EpochInterval), EpochInterval,
            "10 ms to 49 days");
        Check(RetainEpochs >= 1, nameof(RetainEpochs), RetainEpochs, "at least 1");
        Check(RetainFor is null || RetainFor > TimeSpan.Zero, nameof(RetainFor), RetainFor!, "more than zero, or null");
        Check(RestartFromSavepoint is null || RestartFromEpoch is null, nameof(RestartFromSavepoint), $"'{RestartFromSavepoint}'",
            $"null where {nameof(RestartFromEpoch)} is set");
        Check(BatchRows is >= 16 and <= 65_536, nameof(BatchRows), BatchRows, "16 to 65,536");
        Check(LaneBatches is >= 1 and <= 1024, nameof(LaneBatches), LaneBatches, "1 to 1,024");
        Check(MaxEntityMessages is >= 1 and <= 1_000_000, nameof(MaxEntityMessages), MaxEntityMessages, "1 to 1,000,000");
        Check(QuietAfter is null || (QuietAfter > TimeSpan.Zero && QuietAfter <= s_longest), nameof(QuietAfter), QuietAfter!,
            "more than zero, at most 49 days, or null for never");
        Check(Linger >= TimeSpan.Zero, nameof(Linger), Linger, "not negative");
        Check(MaxEventTimeAhead is null || MaxEventTimeAhead >= TimeSpan.Zero, nameof(MaxEventTimeAhead), MaxEventTimeAhead!,
            "not negative, or null for no bound");
        Check(MaxEventTimeLeap is null || MaxEventTimeLeap > TimeSpan.Zero, nameof(MaxEventTimeLeap), MaxEventTimeLeap!,
            "positive, or null for no bound");
        Check(Restart is null
            || (Restart is { MaxRestarts: >= 0, MaxSameErrors: >= 1 } && IsDelay(Restart.FirstDelay) && IsDelay(Restart.MaxDelay)),
            nameof(Restart), Restart!,
            "a number of restarts, and delays of 0 to 49 days");
        Check(!string.IsNullOrWhiteSpace(StateFolder), nameof(StateFolder), $"'{StateFolder}'", "the path of a folder");
        Check(DeadLetters is { RetainFor: null or { Ticks: >= 0 }, RetainRows: null or >= 0, NoticeAbovePerMinute: null or >= 0 },
            nameof(DeadLetters), DeadLetters!, "of values that are not negative, or null");
        Check(Shards is >= 1 and <= 32_768 && BitOperations.IsPow2(Shards), nameof(Shards), Shards, "a power of two, 1 to 32,768");

        static bool IsDelay(TimeSpan delay) => delay >= TimeSpan.Zero && delay <= s_longest;

        void Check(bool isRight, string name, object value, string range)
        {
            if (!isRight)
                throw new PipelineException($"{named(name)} is {value}; it must be {range}.");
        }
    }
}
