namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>One region of a pattern operator in processing time: a row's time is the clock's when it comes, and it has its turn at
/// once.</summary>
internal sealed class ArrivalMatchRegion<TKey, T>(RegionSite<TKey, T> site,
    MatchEntities<TKey, T, T> entities, MatchOutputs<T, Match<TKey, T>, TimedOutMatch<TKey, T>> outputs, long step)
    : MatchRegion<TKey, T>(site, entities, outputs, step), IProcessingTimePart
{
    /// <summary>In place of numbers: the rows' own event times.</summary>
    private readonly RowBucket<T> _arrived = new(site.WithPositions);
    private long _clock = EventTime.MinValue;
    private bool _isFiring;

    /// <summary>What has arrived is no state: it is finished before a barrier passes.</summary>
    public override bool CanCut => false;

    public long NextProcessingTime => Keys.NextAlarm;

    protected override long Now => _clock;

    protected override long OutputWatermark => Watermark;

    public void OnProcessingTime(long now)
    {
        _clock = Math.Max(_clock, now);
        Continue();
    }

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        Arrive(chunk, hashes);
        if (!IsSuspended)
            Continue();
    }

    protected override bool RunRows()
    {
        if (!Run(_arrived))
            return false;
        _arrived.Clear();
        return true;
    }

    protected override bool RunBucket(RowBucket<T> bucket, ref int at) => RunFrom(bucket, ref at);

    protected override bool FireOne(long now)
    {
        _isFiring = true;
        bool fired = base.FireOne(now);
        _isFiring = false;
        return fired;
    }

    /// <summary>What comes of a row has its event time, so that it is not late downstream; what comes of the clock, the
    /// watermark's.</summary>
    protected override long TimeOf(long found) => _isFiring ? Watermark : _arrived.Numbers[Row];

    private void Arrive(in Chunk<T> chunk, ulong[] hashes)
    {
        _clock = Math.Max(_clock, Context.Clock.GetUtcNow().ToMicros());
        _arrived.Reserve(chunk.Count);
        for (int row = 0; row < chunk.Count; row++)
        {
            int at = _arrived.Count++;
            (_arrived.Rows[at], _arrived.Times[at], _arrived.Hashes[at], _arrived.Numbers[at]) = (chunk.Rows[row], _clock, hashes[row],
                chunk.Times[row]);
            if (_arrived.Positions.Length > 0)
                _arrived.Positions[at] = chunk.PositionOf(row);
        }
    }
}
