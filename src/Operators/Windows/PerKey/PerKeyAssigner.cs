using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Windows.PerKey;

/// <summary>The kind of windows that keys complete by themselves: one that looks at times only, or the user's own.</summary>
internal sealed class PerKeyAssigner<T>(WindowAssigner? windows, WindowAssigner<T>? ownWindows)
{
    /// <summary>All windows end at multiples of it; 0: at none.</summary>
    private readonly long _granularity = windows is null ? ownWindows!.Granularity.ToMicros() : windows.Merges ? 1 : windows.Granularity;

    private readonly MergeRule _merging = new(windows);

    public bool Merges { get; } = windows?.Merges ?? ownWindows!.Merges;

    public override string ToString() => windows?.ToString() ?? ownWindows!.Definition;

    /// <summary>Adds the windows of a row.</summary>
    /// <exception cref="PipelineException">One is empty: it would never be complete.</exception>
    public void Assign(in T row, long time, List<Window> to)
    {
        if (ownWindows is null)
        {
            windows!.Assign(time, to);
            return;
        }

        ownWindows.Assign(row, time, to);
        for (int i = to.Count - 1; i >= 0; i--)
        {
            WindowAssigner.CheckNotEmpty(to[i], ownWindows);
            if (!Merges && to.IndexOf(to[i]) < i)
                to.RemoveAt(i);
        }
    }

    /// <summary>Whether a window may end on the way from one watermark to another.</summary>
    public bool MayComplete(long before, long after) =>
        _granularity == 1
            || (_granularity > 1
            && (before == EventTime.MinValue || EventTime.FloorDiv(before, _granularity) != EventTime.FloorDiv(after, _granularity)));

    /// <summary>Finds the windows that a new one merges with, in the order of time.</summary>
    /// <returns>What they become together.</returns>
    public Window FindParts(IEnumerable<Window> open, Window added, List<Window> parts)
    {
        parts.Clear();
        foreach (Window window in open)
        {
            if (_merging.Meet(window, added))
                parts.Add(window);
        }

        if (parts.Count > 1)
            parts.Sort(static (a, b) => (a.Start, a.End).CompareTo((b.Start, b.End)));
        int kept = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            if (_merging.TryJoin(ref added, parts[i]))
                parts[kept++] = parts[i];
        }

        parts.RemoveRange(kept, parts.Count - kept);
        return added;
    }
}
