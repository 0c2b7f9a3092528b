namespace ActorStreams.Operators.Windows.General;

/// <summary>The panes of a window operator on their way out, and what they look like outside: a struct, so that the operator is compiled
/// for it.</summary>
internal interface IPanes<TKey, TOut>
{
    IUnsent Output { get; }

    /// <summary>Whether there is a chunk to send.</summary>
    bool IsFull { get; }

    /// <param name="result">The pane.</param>
    /// <param name="weight">1 for a pane that comes, -1 for one that is taken back.</param>
    /// <param name="time">Its event time.</param>
    void Add(in WindowResult<TKey, TOut> result, int weight, long time);

    void OnWatermark(long watermark);
}

/// <summary>Each pane by itself.</summary>
internal readonly struct PlainPanes<TKey, TOut>(RowOutput<WindowResult<TKey, TOut>> output) : IPanes<TKey, TOut>
{
    public IUnsent Output => output;

    public bool IsFull => output.IsFull;

    public void Add(in WindowResult<TKey, TOut> result, int weight, long time) => output.Add(result, time);

    public void OnWatermark(long watermark) => output.OnWatermark(watermark);
}

/// <summary>Panes that are taken back.</summary>
internal readonly struct ChangePanes<TKey, TOut>(RowOutput<Change<WindowResult<TKey, TOut>>> output) : IPanes<TKey, TOut>
{
    public IUnsent Output => output;

    public bool IsFull => output.IsFull;

    public void Add(in WindowResult<TKey, TOut> result, int weight, long time) =>
        output.Add(new Change<WindowResult<TKey, TOut>>(result, weight), time);

    public void OnWatermark(long watermark) => output.OnWatermark(watermark);
}
