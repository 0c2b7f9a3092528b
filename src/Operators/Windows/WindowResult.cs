using System.Text;

namespace ActorStreams;

/// <summary>The result of one key and window.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TResult">The aggregate's result.</typeparam>
/// <param name="Key">The key.</param>
/// <param name="Window">The window; the result's event time is <c>Window.MaxTime</c>, unless <see cref="ResultTime"/> says
/// otherwise.</param>
/// <param name="Result">The aggregate's result.</param>
public readonly record struct WindowResult<TKey, TResult>(TKey Key, Window Window, TResult Result)
{
    /// <summary>Which of the window's panes it is; by default the only one, on time.</summary>
    public PaneInfo Pane { get; init; }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append($"Key = {Key}, Window = {Window}, Result = {Result}");
        if (Pane != default)
            builder.Append($", Pane = {Pane}");
        return true;
    }
}
