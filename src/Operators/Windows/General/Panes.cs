namespace ActorStreams.Operators.Windows.General;

/// <summary>What a pane looks like outside: a struct, so that the operator is compiled for it.</summary>
internal interface IPanes<TKey, TOut, TRow>
{
    static abstract TRow Row(in WindowResult<TKey, TOut> result, int weight);
}

/// <summary>Each pane by itself.</summary>
internal readonly struct PlainPanes<TKey, TOut> : IPanes<TKey, TOut, WindowResult<TKey, TOut>>
{
    public static WindowResult<TKey, TOut> Row(in WindowResult<TKey, TOut> result, int weight) => result;
}

/// <summary>Panes that are taken back.</summary>
internal readonly struct ChangePanes<TKey, TOut> : IPanes<TKey, TOut, Change<WindowResult<TKey, TOut>>>
{
    public static Change<WindowResult<TKey, TOut>> Row(in WindowResult<TKey, TOut> result, int weight) => new(result, weight);
}
