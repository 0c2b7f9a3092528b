namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>The two inputs of a region: their watermark is the least of both, those that are idle left out; or that of the rows
/// alone.</summary>
internal sealed class RuleInputs<TKey, T>
{
    private readonly RuleRegion<TKey, T> _region;
    private readonly bool _isOnArrival;
    private readonly Side<T> _rows;
    private readonly Side<RuleChange> _changes;

    public RuleInputs(RuleRegion<TKey, T> region, bool isOnArrival)
    {
        (_region, _isOnArrival) = (region, isOnArrival);
        _rows = new Side<T>(region.OnChunk, OnSideChanged);
        _changes = new Side<RuleChange>(region.OnChanges, OnSideChanged);
    }

    public Receiver<T> Rows => _rows;

    public Receiver<RuleChange> Changes => _changes;

    private delegate void Take<TRow>(in Chunk<TRow> chunk);

    private void OnSideChanged()
    {
        bool anyIdle = _rows.IsIdle || (_changes.IsIdle && !_isOnArrival);
        long watermark = _isOnArrival || _changes.IsIdle ? _rows.Watermark : _rows.IsIdle ? _changes.Watermark
            : Math.Min(_rows.Watermark, _changes.Watermark);

        // The end of one side while the other is idle is not the end of both; while both are, nothing is known.
        if (watermark == EventTime.MinValue || (anyIdle && (watermark == EventTime.MaxValue || (_rows.IsIdle && _changes.IsIdle))))
            return;
        _region.OnWatermark(watermark);
    }

    private sealed class Side<TRow>(Take<TRow> take, Action onChanged) : Receiver<TRow>
    {
        public long Watermark { get; private set; } = EventTime.MinValue;

        public bool IsIdle { get; private set; }

        public override void OnChunk(in Chunk<TRow> chunk)
        {
            IsIdle = false;
            take(chunk);
        }

        public override void OnWatermark(long watermark)
        {
            (IsIdle, Watermark) = (false, watermark);
            onChanged();
        }

        public override void OnIdle()
        {
            IsIdle = true;
            onChanged();
        }
    }
}
