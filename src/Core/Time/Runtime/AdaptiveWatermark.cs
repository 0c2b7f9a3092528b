namespace ActorStreams.Core.Time.Runtime;

/// <summary>What <see cref="Watermarks.Adaptive"/> was given, with its defaults worked out.</summary>
internal sealed record AdaptiveSettings(double Completeness, long MinimumDelay, long MaximumDelay, long WarmUpRows, long HalfLifeRows)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(365);

    public static AdaptiveSettings Of(double completeness, AdaptiveOptions options)
    {
        Check(options.MinimumDelay >= TimeSpan.Zero, nameof(AdaptiveOptions.MinimumDelay), options.MinimumDelay, "not negative");
        Check(options.MaximumDelay >= options.MinimumDelay && options.MaximumDelay <= s_longest, nameof(AdaptiveOptions.MaximumDelay),
            options.MaximumDelay,
            $"at least {nameof(AdaptiveOptions.MinimumDelay)} and at most {s_longest.Days} days");
        Check(options.WarmUpRows is null or >= 0, nameof(AdaptiveOptions.WarmUpRows), options.WarmUpRows, "not negative");
        Check(options.HalfLifeRows is null or >= 1, nameof(AdaptiveOptions.HalfLifeRows), options.HalfLifeRows, "at least 1");
        double permitted = 1 - completeness;
        return new AdaptiveSettings(completeness, options.MinimumDelay.ToMicros(), options.MaximumDelay.ToMicros(),
            options.WarmUpRows ?? (long)Math.Max(1024, Math.Ceiling(8 / permitted)), options.HalfLifeRows
                ?? (long)Math.Max(16_384, Math.Ceiling(64 / permitted)));

        void Check(bool isRight, string name, object? value, string range)
        {
            if (!isRight)
                throw new ArgumentOutOfRangeException(nameof(options), value, $"{nameof(AdaptiveOptions)}.{name} must be {range}.");
        }
    }
}

/// <summary>As far behind the largest event time as rows have lately been late, but for the permitted share of them.</summary>
/// <remarks>
/// Learns every 256 rows, counted from the partition's beginning, so that how rows are read makes no difference. The share aimed at is the
/// permitted one less what has been lost too much lately; of the rows that may lie above the delay it leaves out one standard deviation,
/// because the share of a sample is not the share to come.
/// </remarks>
internal sealed class AdaptiveWatermark<T>(AdaptiveSettings settings) : PartitionWatermark<T>
{
    private const byte Kind = (byte)'A';
    private const int LearningRows = 256;
    private const double SmallestAim = 1.0 / 8;

    private readonly LatenessSketch _sketch = new();
    private readonly double _permitted = 1 - settings.Completeness;
    private readonly BlobWriter _writer = new();
    private long _delay = settings.MaximumDelay;
    private int _untilLearning = LearningRows;
    private long _rows;
    private long _rowsSinceHalving;
    private double _recentLate;

    public override long? Delay => Volatile.Read(ref _delay);

    public override bool FollowsRows => true;

    public override int Advance(ReadOnlySpan<T> rows, ReadOnlySpan<long> times, long stopAt, out Exception? error)
    {
        error = null;
        return TakeInOrder(times, stopAt) ? times.Length : OneByOne(times, stopAt);
    }

    public override byte[] Save()
    {
        _writer.Clear();
        _writer.WriteByte(Kind);
        _writer.WriteInt64(_delay);
        _writer.WriteInt32(_untilLearning);
        _writer.WriteInt64(_rows);
        _writer.WriteInt64(_rowsSinceHalving);
        _writer.WriteDouble(_recentLate);
        _sketch.Write(_writer);
        return _writer.ToArray();
    }

    public override void Restore(long value, long maxTime, long late, byte[]? state)
    {
        base.Restore(value, maxTime, late, state);
        if (state is not [Kind, ..])
            return;   // another strategy's: this one warms up, at the stored watermark
        var reader = new BlobReader(state.AsSpan(1));
        (_delay, _untilLearning, _rows, _rowsSinceHalving, _recentLate) =
            (reader.ReadInt64(), Math.Clamp(reader.ReadInt32(), 1, LearningRows), reader.ReadInt64(), reader.ReadInt64(),
                reader.ReadDouble());
        _sketch.Read(ref reader);
    }

    /// <summary>A run of rows none of which is late at all, and which changes nothing that must be told.</summary>
    private bool TakeInOrder(ReadOnlySpan<long> times, long stopAt)
    {
        if (times.Length < 2 || times.Length >= _untilLearning)
            return false;
        (long minimum, long maximum, bool isSorted) = TimeColumn.Scan(times);
        long after = EventTime.AddSaturated(maximum, -_delay);
        if (!isSorted || minimum < MaxTime || minimum < Value || after >= stopAt)
            return false;
        _sketch.Add(0, times.Length);
        _untilLearning -= times.Length;
        (MaxTime, Value) = (maximum, Math.Max(Value, after));
        return true;
    }

    private int OneByOne(ReadOnlySpan<long> times, long stopAt)
    {
        long value = Value, highest = MaxTime, delay = _delay;
        int row = 0, late = 0, untilLearning = _untilLearning;
        while (row < times.Length)
        {
            long time = times[row++];
            if (time >= highest)
            {
                highest = time;
                _sketch.Add(0);
            }
            else
            {
                _sketch.Add((long)Math.Min(unchecked((ulong)(highest - time)), LatenessSketch.MaxValue));
            }

            late += time < value ? 1 : 0;
            if (--untilLearning == 0)
            {
                _recentLate += late;
                Late += late;
                (late, untilLearning) = (0, LearningRows);
                Learn();
                delay = _delay;
            }

            long next = EventTime.AddSaturated(highest, -delay);
            if (next <= value)
                continue;
            value = next;
            if (value >= stopAt)
                break;
        }

        (Value, MaxTime, _untilLearning) = (value, highest, untilLearning);
        _recentLate += late;
        Late += late;
        return row;
    }

    private void Learn()
    {
        _rows += LearningRows;
        _rowsSinceHalving += LearningRows;
        if (_rowsSinceHalving >= settings.HalfLifeRows)
        {
            _sketch.Halve();
            _recentLate /= 2;
            _rowsSinceHalving = 0;
        }

        if (_rows < settings.WarmUpRows)
            return;
        double rows = _sketch.Rows;
        double aim = Math.Clamp((2 * _permitted) - (_recentLate / rows), _permitted * SmallestAim, _permitted);
        double above = aim * rows;
        long delay = _sketch.ValueWithAbove(Math.Max(0, above - Math.Sqrt(above)));
        Volatile.Write(ref _delay, Math.Clamp(delay, settings.MinimumDelay, settings.MaximumDelay));
    }
}
