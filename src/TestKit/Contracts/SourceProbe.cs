namespace ActorStreams.TestKit;

/// <summary>A row or a rejected record that a partition gave.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <param name="Row">The row; default if the record was rejected.</param>
/// <param name="Rejected">The record that could not be read as a row; null if it could.</param>
/// <param name="Offset">The own offset of the row or record.</param>
public sealed record SourceItem<T>(T? Row, RejectedRecord? Rejected, long Offset);

/// <summary>What reading a partition to its end gave.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <param name="Items">Rows and rejected records, in order.</param>
/// <param name="Stops">The reader's offset before the first read and after each one, with the number of items up to there.</param>
public sealed record SourceReading<T>(IReadOnlyList<SourceItem<T>> Items, IReadOnlyList<(int Count, SourceOffset Offset)> Stops)
{
    /// <summary>The rows alone.</summary>
    public IReadOnlyList<T> Rows => [.. Items.Where(item => item.Rejected is null).Select(item => item.Row!)];
}

/// <summary>Reads a source without a job, as a job reads it: for tests of sources.</summary>
public static class SourceProbe
{
    /// <summary>A context as a job gives one: pipeline <c>pipeline</c>, source <c>source</c>, the system's clock, no store.</summary>
    public static SourceContext Context { get; } = new("pipeline", "source", new JobOptions().Clock);

    /// <summary>Reads a partition to its end.</summary>
    /// <param name="source">The source.</param>
    /// <param name="partition">The partition; null: the first one.</param>
    /// <param name="from">Where to begin; null: at the beginning.</param>
    /// <param name="capacity">How many rows one read may give. Default: 1,024.</param>
    /// <param name="context">What the source knows about the job; null: <see cref="Context"/>.</param>
    /// <exception cref="ExpectationException">A read has added nothing and has not ended, has added something and has ended, or has added
    /// more than
    /// the buffer may hold.</exception>
    public static async Task<SourceReading<T>> ReadAsync<T>(
        Source<T> source, string? partition = null, SourceOffset? from = null, int capacity = 1024, SourceContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        context ??= Context;
        partition ??= (await source.PartitionsAsync(context, CancellationToken.None))[0];
        await using SourceReader<T> reader = await source.OpenAsync(partition, from, context, CancellationToken.None);
        return await ReadAsync(reader, capacity);
    }

    /// <summary>The rows of a partition, without the records that were rejected.</summary>
    /// <param name="source">The source.</param>
    /// <param name="partition">The partition; null: the first one.</param>
    public static async Task<IReadOnlyList<T>> RowsAsync<T>(Source<T> source, string? partition = null) =>
        (await ReadAsync(source, partition)).Rows;

    internal static async Task<SourceReading<T>> ReadAsync<T>(SourceReader<T> reader, int capacity, int atMost = int.MaxValue)
    {
        var items = new List<SourceItem<T>>();
        var stops = new List<(int, SourceOffset)> { (0, reader.Offset) };
        var buffer = new SourceBuffer<T>(capacity);
        while (items.Count < atMost)
        {
            bool hasMore = await reader.ReadAsync(buffer, CancellationToken.None);
            int added = buffer.Count + buffer.Rejected.Count;
            Must.True(added <= capacity, $"A read has added {added} items to a buffer of {capacity}. Stop when it is full.");
            if (added == 0 && hasMore && buffer.HasDeclared)
                continue;
            Must.True(hasMore || added == 0,
                $"A read has added {added} rows and returned false, which says that the partition has ended and " +
                "nothing was added. Return true, and false at the next read.");
            Must.True(!hasMore || added > 0, "A read has returned true and added nothing. Wait for a row, or return false at the end.");
            if (!hasMore)
                break;
            Take(buffer, items);
            buffer.Clear();
            stops.Add((items.Count, reader.Offset));
        }

        return new SourceReading<T>(items, stops);
    }

    private static void Take<T>(SourceBuffer<T> buffer, List<SourceItem<T>> items)
    {
        int rejected = 0;
        for (int row = 0; row <= buffer.Count; row++)
        {
            for (; rejected < buffer.Rejected.Count && buffer.Rejected[rejected].BeforeRow == row; rejected++)
                items.Add(new SourceItem<T>(default, buffer.Rejected[rejected], buffer.Rejected[rejected].Offset));
            if (row < buffer.Count)
                items.Add(new SourceItem<T>(buffer.Rows[row], null, buffer.OffsetOf(row)));
        }
    }
}
