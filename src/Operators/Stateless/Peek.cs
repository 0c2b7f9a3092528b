namespace ActorStreams;

/// <summary>Looks at rows without changing them.</summary>
public static class PeekOperator
{
    /// <summary>Calls <paramref name="look"/> with every row and passes it on. After a crash, rows of the epoch that did not commit are
    /// seen again.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="look">What to do with a row. If it throws, the error policy decides.</param>
    /// <param name="name">The operator's name in plans and errors; made up if null.</param>
    /// <param name="errors">What becomes of a row on which <paramref name="look"/> throws; null: as the job's options say.</param>
    public static Stream<T> Peek<T>(this Stream<T> source, Action<T> look, string? name = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(look);
        return source.Map(
            row =>
            {
                look(row);
                return row;
            },
            name ?? source.Pipeline.NameFor("peek"),
            errors);
    }
}
