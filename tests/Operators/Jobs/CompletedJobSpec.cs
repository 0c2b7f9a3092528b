using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A job that has read its files to their end has nothing left to do, whatever comes of the files.</summary>
public sealed class CompletedJobSpec : IDisposable
{
    public sealed record Line(int Number);

    private readonly TemporaryFile _place = new();

    private string Csv => Path.ChangeExtension(_place.Path, ".csv");

    public void Dispose() => _place.Dispose();

    private async Task<int> RowsAfterAsync(string pipelineName, MemoryStore store)
    {
        var pipeline = Pipeline.Create(pipelineName);
        pipeline.Read("lines", ActorStreams.Csv.File<Line>(Csv))
            .Write("out", Sinks.Table<Line>($"rows_of_{pipelineName}", t => t.Column("number", line => line.Number)));
        await pipeline.ToEndAsync(store);
        return store.ReadTable($"rows_of_{pipelineName}").Count;
    }

    [Fact]
    public async Task It_stays_complete_when_a_file_grows_and_another_name_or_store_reads_anew()
    {
        await File.WriteAllTextAsync(Csv, "number\n1\n2\n");
        MemoryStore store = Store.InMemory();
        Assert.Equal(2, await RowsAfterAsync("first", store));
        await File.AppendAllTextAsync(Csv, "3\n");
        Assert.Equal(2, await RowsAfterAsync("first", store));
        Assert.Equal(3, await RowsAfterAsync("second", store));
        Assert.Equal(3, await RowsAfterAsync("first", Store.InMemory()));
    }
}
