using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

/// <summary>What reading a partition gave: rows and rejections in order, each with its own offset and the offset after it.</summary>
public sealed record Item<T>(T? Row, RejectedRecord? Rejected, long Offset);

public static class SourceRun
{
    public static SourceContext Context { get; } = new("pipeline", "source", TimeProvider.System);

    /// <summary>Reads a partition to its end, <paramref name="capacity"/> rows at a time; also gives the offset after every read.</summary>
    public static async Task<(List<Item<T>> Items, List<(int Count, SourceOffset Offset)> Stops)> ReadAsync<T>(
        Source<T> source, string? partition = null, SourceOffset? from = null, int capacity = 1024)
    {
        partition ??= (await source.PartitionsAsync(Context, default))[0];
        await using SourceReader<T> reader = await source.OpenAsync(partition, from, Context, default);
        var items = new List<Item<T>>();
        var stops = new List<(int, SourceOffset)> { (0, reader.Offset) };
        var buffer = new SourceBuffer<T>(capacity);
        while (true)
        {
            bool more = await reader.ReadAsync(buffer, default);
            Assert.Equal(more, buffer.Count + buffer.Rejected.Count > 0);
            if (!more)
                return (items, stops);
            int rejected = 0;
            for (int row = 0; row <= buffer.Count; row++)
            {
                for (; rejected < buffer.Rejected.Count && buffer.Rejected[rejected].BeforeRow == row; rejected++)
                    items.Add(new Item<T>(default, buffer.Rejected[rejected], buffer.Rejected[rejected].Offset));
                if (row < buffer.Count)
                    items.Add(new Item<T>(buffer.Rows[row], null, buffer.OffsetOf(row)));
            }

            buffer.Clear();
            stops.Add((items.Count, reader.Offset));
        }
    }

    public static async Task<List<T>> RowsAsync<T>(Source<T> source, string? partition = null) =>
        (await ReadAsync(source, partition)).Items.Where(item => item.Rejected is null).Select(item => item.Row!).ToList();

    public static async Task<List<string>> ErrorsAsync<T>(Source<T> source) =>
        (await ReadAsync(source)).Items.Where(item => item.Rejected is not null).Select(item => item.Rejected!.Error.Message).ToList();
}

/// <summary>What every replayable source must keep.</summary>
public static class SourceContract
{
    /// <summary>Reopens at the offset after every single row, with every offset of a row, and by other buffer sizes: always exactly the rest.</summary>
    public static async Task HoldsAsync<T>(Source<T> source, int expectedItems)
    {
        Assert.Equal(SourceGuarantee.Replayable, source.Guarantee);
        IReadOnlyList<string> partitions = await source.PartitionsAsync(SourceRun.Context, default);
        Assert.Equal(partitions, await source.PartitionsAsync(SourceRun.Context, default));
        int total = 0;
        foreach (string partition in partitions)
        {
            (List<Item<T>> all, List<(int Count, SourceOffset Offset)> stops) = await SourceRun.ReadAsync(source, partition, capacity: 1);
            total += all.Count;
            Assert.Equal(all.Count + 1, stops.Count);
            for (int index = 1; index < all.Count; index++)
                Assert.True(all[index].Offset > all[index - 1].Offset, "offsets of rows grow");
            for (int index = 1; index < stops.Count; index++)
                Assert.True(stops[index].Offset.Value > stops[index - 1].Offset.Value, "offsets of the reader grow");

            foreach ((int count, SourceOffset offset) in stops)
                AssertSame(all.Skip(count), (await SourceRun.ReadAsync(source, partition, offset, capacity: 3)).Items, places: true);
            for (int index = 0; index < all.Count; index++)
                AssertSame(all.Skip(index), (await SourceRun.ReadAsync(source, partition, new SourceOffset(all[index].Offset))).Items, places: false);

            await using SourceReader<T> reader = await source.OpenAsync(partition, null, SourceRun.Context, default);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(new SourceBuffer<T>(), new CancellationToken(canceled: true)));
        }

        Assert.Equal(expectedItems, total);
    }

    private static void AssertSame<T>(IEnumerable<Item<T>> expected, IEnumerable<Item<T>> actual, bool places) =>
        Assert.Equal(expected.Select(item => Show(item, places)), actual.Select(item => Show(item, places)));

    private static string Show<T>(Item<T> item, bool places) =>
        item.Rejected is { } rejected
            ? $"{item.Offset}: {rejected.Payload} {(places ? rejected.Error.Message : "")}"
            : $"{item.Offset}: {item.Row}";
}
