using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

/// <summary>Reads sources as the TestKit's probe does.</summary>
public static class SourceRun
{
    public static SourceContext Context => SourceProbe.Context;

    /// <summary>Reads a partition to its end, <paramref name="capacity"/> rows at a time; also gives the offset after every read.</summary>
    public static async Task<(List<SourceItem<T>> Items, IReadOnlyList<(int Count, SourceOffset Offset)> Stops)> ReadAsync<T>(
        Source<T> source, string? partition = null, SourceOffset? from = null, int capacity = 1024)
    {
        SourceReading<T> reading = await SourceProbe.ReadAsync(source, partition, from, capacity);
        return ([.. reading.Items], reading.Stops);
    }

    public static async Task<List<T>> RowsAsync<T>(Source<T> source, string? partition = null) =>
        [.. await SourceProbe.RowsAsync(source, partition)];

    public static async Task<List<string>> ErrorsAsync<T>(Source<T> source) =>
        [.. (await SourceProbe.ReadAsync(source)).Items.Where(item => item.Rejected is not null)
            .Select(item => item.Rejected!.Error.Message)];
}

/// <summary>The TestKit's contract of sources; ours can all be opened at any row.</summary>
public static class SourceContract
{
    public static Task HoldsAsync<T>(Source<T> source, int expectedItems) =>
        new SourceContract<T>(() => source, expectedItems) { OpensAtAnyRow = true }.HoldsAsync();
}
