using System.Collections.Concurrent;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>Makes row types: structs with a typed field for each column, compared field by field. Rows of one shape share a type, whatever
/// statement they are of: so code that was compiled for it serves all of them.</summary>
/// <remarks>A type is unloaded when nothing refers to it any more; those that were made last stay, for the next statement that is like
/// the one before.</remarks>
internal sealed class RowTypes
{
    private const int MostForgotten = 256, MostKept = 1024;
    private static readonly ConcurrentDictionary<string, WeakReference<RowLayout>> s_shared = new(StringComparer.Ordinal);
    private static readonly RowLayout?[] s_last = new RowLayout?[MostKept];
    private static int s_assemblies, s_made;

    private readonly Dictionary<string, RowLayout> _known = [];

    /// <summary>The type of rows with such columns.</summary>
    public RowLayout Of(IReadOnlyList<RowColumn> columns)
    {
        string shape = string.Join('|', columns.Select(static one => $"{one.Name} {one.Type} {one.IsNullable}"));
        if (!_known.TryGetValue(shape, out RowLayout? layout))
            _known[shape] = layout = Shared(shape, columns);
        return layout;
    }

    private static RowLayout Shared(string shape, IReadOnlyList<RowColumn> columns)
    {
        if (s_shared.TryGetValue(shape, out WeakReference<RowLayout>? known) && known.TryGetTarget(out RowLayout? shared))
            return shared;
        RowLayout made = new RowTypeBuilder(Interlocked.Increment(ref s_assemblies)).Make(columns);
        s_shared[shape] = new WeakReference<RowLayout>(made);
        int number = Interlocked.Increment(ref s_made);
        s_last[(uint)number % MostKept] = made;
        if (number % MostForgotten == 0)
        {
            foreach ((string dead, _) in s_shared.Where(static one => !one.Value.TryGetTarget(out _)))
                s_shared.TryRemove(dead, out _);
        }

        return made;
    }
}
