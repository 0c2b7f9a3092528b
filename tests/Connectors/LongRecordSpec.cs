using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

/// <summary>Tests that look at what the whole process allocates: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuresTheProcess
{
    public const string Name = "Measures the process";
}

[Collection(MeasuresTheProcess.Name)]
public sealed class LongRecordSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2_000)]
    [InlineData(10_000_000)]
    public async Task A_record_longer_than_the_limit_costs_its_line_only(int length)
    {
        string long1 = $"a,2018-01-31,1,{new string('x', length)}", long2 = $"b,2018-01-31,1,\"{new string('y', length)}\"";
        string path = _folder.Write("a.csv", $"id,at,value,note\n{long1}\nc,2018-01-31,1,x\n{long2}\nd,2018-01-31,1,x\n{long1}");
        long before = GC.GetTotalAllocatedBytes();

        (List<SourceItem<Reading>> items, _) = await SourceRun.ReadAsync(Csv.File<Reading>(path, new CsvOptions { MaxRecordBytes = 1024 }));

        Assert.Equal(["", "c", "", "d", ""], items.Select(item => item.Row?.Id ?? ""));
        Assert.All([0, 2, 4], index => Assert.EndsWith(
            $"line {index + 2}: the record is longer than 1024 bytes; raise MaxRecordBytes if it is meant to be.",
            items[index].Rejected!.Error.Message, StringComparison.Ordinal));
        Assert.All([0, 2, 4], index => Assert.True(items[index].Rejected!.Payload.Length <= 4096));
        Assert.True(GC.GetTotalAllocatedBytes() - before < 8_000_000, "memory does not grow with the record");
    }
}
