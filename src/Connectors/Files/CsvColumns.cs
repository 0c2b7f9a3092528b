using ActorStreams.Connectors.Files.Runtime;

namespace ActorStreams;

/// <summary>The columns of a CSV file to be written, in their order.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class CsvColumns<T>
{
    private readonly List<CsvColumn<T>> _columns = [];

    internal CsvColumns()
    {
    }

    /// <summary>Adds a column.</summary>
    /// <param name="name">Its name in the header.</param>
    /// <param name="value">
    /// Gets its value: text, a number, <see cref="bool"/>, an enum (by name), <see cref="DateTimeOffset"/>, <see cref="Guid"/> or anything
    /// that formats itself, or a nullable of these; null is an empty field.
    /// </param>
    /// <returns>The same columns.</returns>
    /// <exception cref="PipelineException"><typeparamref name="TValue"/> has no form in CSV.</exception>
    public CsvColumns<T> Column<TValue>(string name, Func<T, TValue> value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        Action<CsvFieldWriter, TValue> write = CsvFieldWrite.Of<TValue>()
            ?? throw new PipelineException(
                $"CSV column '{name}': {typeof(TValue)} has no form in CSV. Give one of its properties, or a text.");
        _columns.Add(new CsvColumn<T, TValue>(name, value, write));
        return this;
    }

    /// <summary>A column for every property of the row type, nested ones as <c>Outer.Inner</c>.</summary>
    internal static CsvColumns<T> OfProperties()
    {
        var columns = new CsvColumns<T>();
        CsvProperties<T>.AddTo(columns);
        return columns;
    }

    internal CsvColumn<T>[] Checked()
    {
        if (_columns.Count == 0)
            throw new PipelineException($"A CSV file of {typeof(T)} needs at least one column.");
        string? twice = _columns.GroupBy(column => column.Name, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
            throw new PipelineException($"A CSV file of {typeof(T)} has two columns '{twice}'; name them differently.");
        return [.. _columns];
    }
}
