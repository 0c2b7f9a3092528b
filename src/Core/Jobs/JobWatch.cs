using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;

namespace ActorStreams.Core.Jobs;

/// <summary>Looks at a running job now and then, and says what holds it up: operators that keep results back while the watermark stands
/// still, sinks and calls that do not let the epoch end.</summary>
/// <remarks>
/// It reads numbers that actors change meanwhile and asks nobody, so that it sees a job whose actors do not answer any more. It looks again
/// when something may have stood still for too long, and every few seconds otherwise. Each condition is told when it begins and when it
/// ends; one that comes back within minutes is shown and not told again.
/// </remarks>
internal sealed class JobWatch : IAsyncDisposable
{
    private static readonly long s_patience = TimeSpan.FromSeconds(9).ToMicros();
    private static readonly long s_ordinaryEpoch = TimeSpan.FromSeconds(2).ToMicros();
    private static readonly long s_quietAgain = TimeSpan.FromMinutes(5).ToMicros();
    private static readonly long s_shortest = TimeSpan.FromMilliseconds(500).ToMicros();
    private static readonly long s_longest = TimeSpan.FromSeconds(3.7).ToMicros();

    private const long Never = EventTime.MaxValue;

    private readonly Pipeline _pipeline;
    private readonly JobOptions _options;
    private readonly bool _isVolatile;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stand> _stands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Told> _told = new(StringComparer.Ordinal);
    private JobRun? _run;
    private IReadOnlyList<JobCondition> _conditions = [];
    private long _lateTold;
    private bool _isLossTold;
    private bool _isEnded;

    public JobWatch(Pipeline pipeline, JobOptions options, bool isVolatile)
    {
        (_pipeline, _options, _isVolatile) = (pipeline, options, isVolatile);
        _timer = options.Clock.CreateTimer(static self => ((JobWatch)self!).Look(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>What holds the job up.</summary>
    public IReadOnlyList<JobCondition> Conditions => Volatile.Read(ref _conditions);

    private long Now => SourceClockwork.Now(_options.Clock);

    /// <summary>Watches this run from now on.</summary>
    public void Begin(JobRun run)
    {
        lock (_lock)
        {
            _run = run;
            _stands.Clear();
        }

        Schedule(s_longest);
    }

    /// <summary>The run has ended: nothing holds it up any more.</summary>
    public void End(bool isForGood)
    {
        List<JobNotice> notices = [];
        lock (_lock)
        {
            _run = null;
            _isEnded |= isForGood;
            Change([], notices);
        }

        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Tell(notices);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        List<JobNotice> notices = [];
        long next = s_longest;
        try
        {
            next = Find(notices);
        }
        catch (Exception)
        {
            // Whoever watches must not end the process: what was read was changed under way, or the run has just been disposed of.
        }

        if (next == Never)
            return;
        Tell(notices);
        Schedule(next);
    }

    /// <returns>After how long to look again.</returns>
    private long Find(List<JobNotice> notices)
    {
        long next = s_longest;
        lock (_lock)
        {
            if (_run is not { } run || _isEnded)
                return Never;
            var found = new List<JobCondition>();
            long now = Now;
            InstanceFigures figures = run.Figures ?? InstanceFigures.Nothing;
            if (run.LastStoreError is null)
            {
                // While an epoch cannot end sources wait, and so does the watermark: that is one trouble, not two.
                next = Math.Min(next, FindHeldEpoch(run, figures, now, found));
                if (run.EpochBegan == EventTime.MaxValue || now - run.EpochBegan < s_ordinaryEpoch)
                    next = Math.Min(next, FindStandstills(run, figures, now, found));
            }

            Change(found, notices);
            FindLate(figures, notices);
            FindLost(figures, notices);
        }

        return next;
    }

    private void Schedule(long wait) =>
        _timer.Change(TimeSpan.FromMicroseconds(Math.Clamp(wait, s_shortest, s_longest)), Timeout.InfiniteTimeSpan);

    /// <returns>After how long to look again.</returns>
    private long FindHeldEpoch(JobRun run, InstanceFigures figures, long now, List<JobCondition> found)
    {
        long since = run.EpochBegan;
        if (since == EventTime.MaxValue)
            return s_longest;
        if (now - since < s_patience)
            return since + s_patience - now;
        HolderFigures[] holders = [.. figures.Holders.Where(holder => now - holder.Since >= s_shortest)];
        string what = holders.Length > 0
            ? string.Join("; ", holders.Select(holder => $"{holder} {holder.What} for {Text(now - holder.Since)}"))
            : run.IsCommitting ? $"the store has been committing it for {Text(now - since)}"
            : $"actors that have not got to its end: {string.Join(", ", run.NotAtBarrier())}";
        string name = holders.Length > 0 ? holders[0].Name : "";
        found.Add(new JobCondition(JobNoticeKind.EpochHeldUp, name, At(now, since), At(now, now),
            $"Pipeline '{_pipeline.Name}', epoch {run.Epoch + 1} cannot end since {AtText(now, since)}, so nothing is committed: {what}. " +
            "Sources wait, nothing is lost. Look at the service or database behind it; give calls a timeout."));
        return s_longest;
    }

    private long FindStandstills(JobRun run, InstanceFigures figures, long now, List<JobCondition> found)
    {
        SourcePosition[] positions = [.. figures.Partitions.Select(static partition => partition.Position)];
        foreach (SourcePosition position in positions)
        {
            if (!_stands.TryGetValue(position.Name, out Stand stand) || stand.Watermark != position.Watermark
                || position.State is PartitionState.GoesOn or PartitionState.Ended)
                stand = new Stand(position.Watermark, now, stand.IsOld && Flows(position, now)
                    ? Math.Max(stand.LongestFlow, now - stand.Since) : stand.LongestFlow, false);
            if (position.WaitsSince != EventTime.MaxValue && position.WaitsSince < stand.Since && !stand.IsOld)
                stand = stand with { Since = Math.Max(position.WaitsSince, now - s_longest) };   // it fell silent between two looks
            _stands[position.Name] = stand with { IsOld = true };
        }

        long next = s_longest;
        foreach ((string name, _, KeptBack waiting, long watermark, _) in figures.Operators)
        {
            if (waiting.Count == 0 || watermark == EventTime.MaxValue)
                continue;
            SourcePosition[] above = [.. positions.Where(position => run.Plan.IsAbove(position.Source, name))];
            if (HolderOf(above) is not { } holder)
                continue;
            long since = _stands[holder.Name].Since;

            // Markers may be an hour apart, and come every hour: while rows come, what has been normal before is so again.
            long patience = Flows(holder, now) ? Math.Max(s_patience, 2 * _stands[holder.Name].LongestFlow) : s_patience;
            if (now - since < patience)
                next = Math.Min(next, since + patience - now);
            else
                found.Add(StandstillOf(name, waiting, holder, above, watermark, now, since, run.Plan, figures));
        }

        return next;
    }

    private static bool Flows(in SourcePosition position, long now) => position.WaitsSince == EventTime.MaxValue
        || now - position.WaitsSince < s_patience;

    /// <summary>The partition that everybody waits for: the one that is furthest behind. Null: none stands still.</summary>
    private static SourcePosition? HolderOf(SourcePosition[] above)
    {
        SourcePosition[] open =
            [.. above.Where(
            position => position.HasEventTime
            && position.State is PartitionState.Open or PartitionState.IsAhead or PartitionState.IsCutOff)];
        if (open.Length > 0)
        {
            SourcePosition least = open.MinBy(position => position.Watermark);
            return above.Any(position => position.State == PartitionState.GoesOn && position.Watermark < least.Watermark) ? null : least;
        }

        SourcePosition[] idle = [.. above.Where(position => position.State == PartitionState.Idle)];
        return above.Any(position => position.State == PartitionState.GoesOn) || idle.Length == 0 ? null
            : idle.MaxBy(position => position.Watermark);
    }

    private JobCondition StandstillOf(string name, KeptBack waiting, in SourcePosition holder, SourcePosition[] above, long watermark,
        long now, long since, Plan plan, InstanceFigures figures)
    {
        string where = holder.Watermark == EventTime.MinValue ? "has no watermark" : $"stands at {EventTime.Format(holder.Watermark)}";
        string why = holder.State switch
        {
            PartitionState.IsCutOff => "it waits for its connection",
            PartitionState.IsAhead => "it has rows from ahead of the clock, and event time waits for the clock to get there",
            PartitionState.Idle => "all partitions are idle",
            _ when holder.WaitsSince != EventTime.MaxValue => $"it has given no row since {AtText(now, holder.WaitsSince)}",
            _ => "its rows do not move it",
        };
        string others = above.Length > 1 ? $" ({above.Length} partitions are above it)" : "";
        string message = $"Pipeline '{_pipeline.Name}', operator '{name}' keeps back {waiting}: the watermark " +
            $"{(watermark == EventTime.MinValue ? "has not begun" : $"stands at {EventTime.Format(watermark)}")} since {AtText(now, since)}. " +
            $"Source partition '{holder.Name}' holds it{others}: it {where}, and {why}" +
            $"{(figures.WaitsFor(holder) is { } whom ? $"; it waits for {whom}" : "")}. {plan.RemedyOf(holder)}";
        return new JobCondition(JobNoticeKind.Standstill, name, At(now, since), At(now, now), message);
    }

    /// <summary>Takes over what was found, and notes what began and what ended.</summary>
    private void Change(List<JobCondition> found, List<JobNotice> notices)
    {
        long now = Now;
        foreach (JobCondition condition in found)
        {
            string key = $"{condition.Kind} {condition.Operator}";
            bool isNew = !_told.TryGetValue(key, out Told told) || !told.IsOn;
            bool isTold = isNew ? told.EndedAt == 0 || now - told.EndedAt > s_quietAgain : told.IsTold;
            if (isNew && isTold)
                notices.Add(new JobNotice(_pipeline.Name, condition.Kind, condition.Message, null));
            _told[key] = new Told(true, isTold, told.EndedAt, condition);
        }

        foreach ((string key,
            Told told) in _told.Where(
            known => known.Value.IsOn && !found.Exists(condition => $"{condition.Kind} {condition.Operator}" == known.Key)).ToArray())
        {
            _told[key] = told with { IsOn = false, EndedAt = now };
            if (told.IsTold)
                notices.Add(Over(told.Condition));
        }

        Volatile.Write(ref _conditions, found);
    }

    private JobNotice Over(JobCondition condition) => condition.Kind == JobNoticeKind.EpochHeldUp
        ? new JobNotice(_pipeline.Name, JobNoticeKind.EpochGoesOn,
            $"Pipeline '{_pipeline.Name}': epochs end again; {(condition.Operator.Length == 0 ? "one" : $"'{condition.Operator}'")} had held them up since {condition.Since:O}.", null)
        : new JobNotice(_pipeline.Name, JobNoticeKind.GoesOn,
            $"Pipeline '{_pipeline.Name}', operator '{condition.Operator}': the watermark goes on; it had stood still since {condition.Since:O}.", null);

    /// <summary>Rows that came behind a silence: the source may be one that pauses.</summary>
    private void FindLate(InstanceFigures figures, List<JobNotice> notices)
    {
        (string Partition, long Late)[] late = [.. figures.Partitions
            .Select(static partition => (partition.Position.Name, partition.Metrics.LateAfterQuiet))
            .Where(static partition => partition.LateAfterQuiet > 0)];
        long sum = late.Sum(partition => partition.Late);
        if (sum <= _lateTold)
            return;
        bool isFirst = _lateTold == 0;
        _lateTold = sum;
        if (isFirst)
        {
            notices.Add(new JobNotice(_pipeline.Name, JobNoticeKind.LateBehindSilence,
                $"Pipeline '{_pipeline.Name}': rows of source partition '{late[0].Partition}' came behind the watermark ({sum:N0} so far), " +
                "because event time had gone on with the clock while it was quiet; they are late where their windows are complete. If it gives its rows in pieces with pauses between them, let event time wait: " +
                $"{nameof(WatermarkStrategy.WithQuiet)}({nameof(WhenQuiet)}.{nameof(WhenQuiet.Hold)}). Said once; {nameof(PartitionMetrics.LateAfterQuiet)} counts on.", null));
        }
    }

    /// <summary>Rows that were refused and that nobody keeps.</summary>
    private void FindLost(InstanceFigures figures, List<JobNotice> notices)
    {
        if (_isLossTold || !_isVolatile || figures.ForNobody is not (> 0 and var count))
            return;
        _isLossTold = true;
        notices.Add(new JobNotice(_pipeline.Name, JobNoticeKind.LettersForNobody,
            $"Pipeline '{_pipeline.Name}': {count:N0} rows so far were late or could not be processed, and nobody keeps them, because the job has no store. " +
            $"The last: {figures.LastForNobody}. Start the job with a store, which keeps them in the table dead_letters, or name a sink: {nameof(Pipeline)}.{nameof(Pipeline.DeadLettersTo)}. Said once.", null));
    }

    private void Tell(List<JobNotice> notices)
    {
        foreach (JobNotice notice in notices)
            _options.Tell(notice);
    }

    private DateTimeOffset At(long now, long moment) => _options.Clock.GetUtcNow() - TimeSpan.FromMicroseconds(now - moment);

    private string AtText(long now, long moment) => $"{At(now, moment).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} ({Text(now - moment)})";

    private static string Text(long micros) => TimeSpan.FromMicroseconds(micros) is { TotalMinutes: < 2 } span ? $"{span.TotalSeconds:0} s"
        : $"{TimeSpan.FromMicroseconds(micros):d\\.hh\\:mm\\:ss}";

    /// <summary>Where a partition was seen to stand, and since when.</summary>
    private readonly record struct Stand(long Watermark, long Since, long LongestFlow, bool IsOld);

    private readonly record struct Told(bool IsOn, bool IsTold, long EndedAt, JobCondition Condition);
}
