namespace ActorStreams;

/// <summary>All rows of one key and window, as one of its panes shows them: what <c>Process</c> of windows is given.</summary>
/// <remarks>Flink calls the function that takes it a <c>ProcessWindowFunction</c>.</remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
/// <param name="Key">The key.</param>
/// <param name="Window">The window.</param>
/// <param name="Pane">Which of the window's panes it is.</param>
/// <param name="Rows">The rows, in the order of their arrival; those of windows that were merged one window after the other. All that came
/// for the window where panes accumulate or are taken back, those since the last pane where they discard.</param>
public readonly record struct WindowRows<TKey, T>(TKey Key, Window Window, PaneInfo Pane, IReadOnlyList<T> Rows);

/// <summary>All rows of one window over a whole stream, as one of its panes shows them.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <param name="Window">The window.</param>
/// <param name="Pane">Which of the window's panes it is.</param>
/// <param name="Rows">The rows; see <see cref="WindowRows{TKey, T}"/>. Where several actors collect them, in no promised order.</param>
public readonly record struct WindowRows<T>(Window Window, PaneInfo Pane, IReadOnlyList<T> Rows);
