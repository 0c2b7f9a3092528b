namespace ActorStreams.Operators.Windows;

/// <summary>User code on all rows of a pane.</summary>
internal static class PaneRows
{
    /// <summary>Puts out what <paramref name="process"/> gives for each pane.</summary>
    /// <param name="panes">The panes with their rows.</param>
    /// <param name="process">(pane) → TOut, any number of them.</param>
    /// <param name="window">The name of the windows' operator.</param>
    /// <param name="errors">What becomes of a pane on which it throws; null: as the job's options say.</param>
    public static Stream<TOut> Process<TKey, T, TOut>(this Stream<WindowResult<TKey, IReadOnlyList<T>>> panes,
        Func<WindowRows<TKey, T>, IEnumerable<TOut>> process, string window, ErrorPolicy? errors)
    {
        ArgumentNullException.ThrowIfNull(process);
        return panes.FlatMap(
            pane => process(new WindowRows<TKey, T>(pane.Key, pane.Window, pane.Pane, pane.Result)), $"{window}-process", errors);
    }
}
