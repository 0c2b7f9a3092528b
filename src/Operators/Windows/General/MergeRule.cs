namespace ActorStreams.Operators.Windows.General;

/// <summary>Which windows of a key become one.</summary>
/// <param name="windows">The kind of windows; null: the user's own, which merge where they overlap.</param>
internal readonly struct MergeRule(WindowAssigner? windows)
{
    private readonly bool _mergesTouching = windows?.MergesTouching ?? false;
    private readonly long _maximumLength = windows?.MaximumLength ?? long.MaxValue;

    /// <summary>Whether two windows overlap, or touch where that counts.</summary>
    public bool Meet(Window a, Window b) => _mergesTouching ? a.Start <= b.End && b.Start <= a.End : a.Start < b.End && b.Start < a.End;

    /// <summary>Joins a window that meets <paramref name="added"/> to it, unless the two would be too long together.</summary>
    public bool TryJoin(ref Window added, Window window)
    {
        var union = new Window(Math.Min(added.Start, window.Start), Math.Max(added.End, window.End));
        if (union != window && _maximumLength != long.MaxValue && unchecked((ulong)(union.End - union.Start)) > (ulong)_maximumLength)
            return false;
        added = union;
        return true;
    }
}
