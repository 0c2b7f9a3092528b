using ActorStreams.Core;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Windows.Runtime;

/// <summary>The kind of windows that keys complete by themselves: one that looks at times only, or the user's own.</summary>
internal sealed class PerKeyAssigner<T>(WindowAssigner? windows, WindowAssigner<T>? ownWindows)
{
    /// <summary>All windows end at multiples of it; 0: at none.</summary>
    private readonly long _granularity = windows is null ? ownWindows!.Granularity.ToMicros() : windows.Merges ? 1 : windows.Granularity;

    public bool Merges { get; } = windows?.Merges ?? ownWindows!.Merges;

    private bool MergesTouching { get; } = windows?.MergesTouching ?? false;

    private long MaximumLength { get; } = windows?.MaximumLength ?? long.MaxValue;

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
            if (to[i].Start >= to[i].End)
                throw new PipelineException($"{ownWindows.GetType().Name} assigned the window {to[i]}, which is empty. A window must begin before it ends.");
            if (!Merges && to.IndexOf(to[i]) < i)
                to.RemoveAt(i);
        }
    }

    /// <summary>Whether a window may end on the way from one watermark to another.</summary>
    public bool MayComplete(long before, long after) =>
        _granularity == 1 || (_granularity > 1 && (before == EventTime.MinValue || EventTime.FloorDiv(before, _granularity) != EventTime.FloorDiv(after, _granularity)));

    /// <summary>Finds the windows that a new one merges with, in the order of time.</summary>
    /// <returns>What they become together.</returns>
    public Window FindParts(IEnumerable<Window> open, Window added, List<Window> parts)
    {
        parts.Clear();
        foreach (Window window in open)
        {
            if (MergesTouching ? window.Start <= added.End && added.Start <= window.End : window.Start < added.End && added.Start < window.End)
                parts.Add(window);
        }

        if (parts.Count > 1)
            parts.Sort(static (a, b) => (a.Start, a.End).CompareTo((b.Start, b.End)));
        int kept = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            Window window = parts[i];
            var union = new Window(Math.Min(added.Start, window.Start), Math.Max(added.End, window.End));
            if (union != window && MaximumLength != long.MaxValue && unchecked((ulong)(union.End - union.Start)) > (ulong)MaximumLength)
                continue;
            (added, parts[kept++]) = (union, window);
        }

        parts.RemoveRange(kept, parts.Count - kept);
        return added;
    }
}
