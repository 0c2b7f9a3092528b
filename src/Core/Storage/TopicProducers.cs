namespace ActorStreams;

/// <summary>Who appends to a partition, and how far each has come. The partition has come as far as the last of them, and never goes
/// back.</summary>
/// <remarks>
/// One that ends holds nothing back any more, nor does one that was not heard of for longer than it said it would be silent: it is gone.
/// If none is left, time goes on with the clock,
/// since nothing else can move it; the first to come then records how far, so that all readers see the same. Times are those of commits,
/// in microseconds.
/// </remarks>
public sealed class TopicProducers
{
    /// <summary>How far time trails the clock once no producer is left, for readers. They trail by more than what is recorded: their
    /// clocks may differ a little, and a commit takes time to be seen.</summary>
    public static readonly long ReadersTrail = TimeSpan.FromSeconds(5).ToMicros();

    private static readonly long s_recordTrails = TimeSpan.FromSeconds(3).ToMicros();

    /// <summary>Being heard of is written down this often, where nothing else is.</summary>
    private static readonly long s_notedEvery = TimeSpan.FromSeconds(10).ToMicros();

    // What is no producer is stored under names that no producer can have.
    private const string HeardAtName = "\u0001heard", RecordedName = "\u0001recorded", FurthestName = "\u0001furthest";
    private const char UntilPrefix = '\u0002';

    private readonly SortedDictionary<string, (long Reached, long Until)> _reached = new(StringComparer.Ordinal);
    private long _heardAt = EventTime.MinValue;
    private long _furthest = EventTime.MinValue;
    private bool _isFurther;

    /// <summary>How far the partition has come, in microseconds of event time; never goes back.</summary>
    public long Watermark { get; private set; } = EventTime.MinValue;

    /// <summary>What the last entry says of the watermark: readers of later rows know no more, unless they are told.</summary>
    public long Recorded { get; set; } = EventTime.MinValue;

    /// <summary>Reads what <see cref="Encode"/> gave; nobody has written yet where there is nothing to read.</summary>
    /// <exception cref="CodecException">The bytes are damaged.</exception>
    public static TopicProducers Decode(ReadOnlySpan<byte> bytes)
    {
        var producers = new TopicProducers();
        if (bytes.IsEmpty)
            return producers;
        var reader = new BlobReader(bytes);
        producers.Watermark = producers.Recorded = reader.ReadInt64();
        while (reader.Remaining > 0)
            producers.Take(reader.ReadString(), reader.ReadInt64());
        return producers;
    }

    /// <summary>All of it as bytes, which a store keeps with the partition.</summary>
    public byte[] Encode()
    {
        var writer = new BlobWriter();
        writer.WriteInt64(Watermark);
        foreach ((string producer, (long reached, long until)) in _reached)
        {
            Write(producer, reached);
            if (until != EventTime.MaxValue)
                Write(UntilPrefix + producer, until);
        }

        if (_heardAt != EventTime.MinValue)
            Write(HeardAtName, _heardAt);
        Write(RecordedName, Recorded);
        if (_furthest != EventTime.MinValue)
            Write(FurthestName, _furthest);
        return writer.ToArray();

        void Write(string name, long value)
        {
            writer.WriteString(name);
            writer.WriteInt64(value);
        }
    }

    /// <summary>How far the partition has come by now: further than its watermark if no producer is left.</summary>
    /// <param name="now">In microseconds.</param>
    /// <param name="trail">How far that is behind the clock.</param>
    public long WatermarkAt(long now, long trail)
    {
        long left = LeftAt(now);
        return left == EventTime.MaxValue || Watermark == EventTime.MinValue || now - left <= trail ? Watermark
            : EventTime.AddSaturated(Watermark, now - left - trail);
    }

    /// <summary>Who holds the watermark where it is, and until when it may be silent; null: nobody does.</summary>
    public (string Producer, long Until)? Holder =>
        _reached.Count == 0 ? null : _reached.Where(known => known.Value.Reached == _reached.Values.Min(value => value.Reached))
            .Select(known => ((string, long)?)(known.Key, known.Value.Until)).First();

    /// <summary>A commit of producers begins: time has gone on until now if there was none before.</summary>
    /// <param name="now">When.</param>
    /// <param name="furthest">The largest event time of the rows that it appends to the topic: once every producer has ended, all up to
    /// there is complete.</param>
    public void GoOn(long now, long furthest)
    {
        (_isFurther, _furthest) = (furthest > _furthest, Math.Max(_furthest, furthest));
        if (WatermarkAt(now, s_recordTrails) is var reached && reached > Watermark)
            Watermark = reached;
    }

    /// <summary>A producer has committed.</summary>
    /// <param name="producer">Who.</param>
    /// <param name="watermark">How far it has come; the largest value: it has ended.</param>
    /// <param name="now">When.</param>
    /// <param name="patience">How long it may be silent, in microseconds.</param>
    /// <returns>Whether that changed anything that must be stored.</returns>
    public bool Report(string producer, long watermark, long now, long patience)
    {
        bool isChanged = _isFurther || now >= EventTime.AddSaturated(_heardAt, s_notedEvery);
        if (watermark == EventTime.MaxValue)
        {
            isChanged |= _reached.Remove(producer);
        }
        else
        {
            isChanged |= !_reached.TryGetValue(producer, out (long Reached, long Until) before) || before.Reached != watermark;
            _reached[producer] = (watermark, EventTime.AddSaturated(now, patience + s_notedEvery));
        }

        foreach (string gone in _reached.Where(known => known.Value.Until < now).Select(known => known.Key).ToArray())
            isChanged |= _reached.Remove(gone);
        _heardAt = Math.Max(_heardAt, now);
        long reached = _reached.Count > 0 ? _reached.Values.Min(known => known.Reached) : _furthest;
        isChanged |= reached > Watermark;
        Watermark = Math.Max(Watermark, reached);
        return isChanged;
    }

    /// <summary>When the last producer left; the largest value: one is there, or none ever was.</summary>
    private long LeftAt(long now)
    {
        if (_reached.Count == 0)
            return _heardAt == EventTime.MinValue ? EventTime.MaxValue : _heardAt;
        long last = _reached.Values.Max(known => known.Until);
        return last < now ? last : EventTime.MaxValue;
    }

    private void Take(string name, long value)
    {
        if (name == HeardAtName)
            _heardAt = value;
        else if (name == RecordedName)
            Recorded = value;
        else if (name == FurthestName)
            _furthest = value;
        else if (name[0] == UntilPrefix)
            _reached[name[1..]] = (_reached[name[1..]].Reached, value);
        else
            _reached[name] = (value, EventTime.MaxValue);
    }
}
