using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

#region side-output-function
public sealed class Parsing : ProcessFunction<string, string, double>
{
    public static readonly OutputTag<string> Unreadable = new("unreadable");          // a name, and the type of its rows

    public override void OnRow(in string row, ProcessContext<string, double> context)
    {
        if (double.TryParse(row, out double value))
            context.Emit(value);
        else
            context.Emit(Unreadable, row);
    }
}
#endregion

/// <summary>Several outputs in docs/process-functions.md.</summary>
public sealed class SideOutputsPage
{
    [Fact]
    public async Task A_function_has_several_outputs()
    {
        var lines = new TestSource<string>();
        var values = new TestSink<double>();
        var unreadable = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            #region side-output-use
            ProcessedStream<double> parsed = pipeline.Read("lines", lines)
                .KeyBy(line => line[..1])
                .Process("parse", () => new Parsing());

            parsed.Write("values", values);
            parsed.SideOutput(Parsing.Unreadable).Write("unreadable", unreadable);
            #endregion
        });
        lines.Element("12", at: "12:00").Element("1x", at: "12:00").Element("14", at: "12:00");
        test.RunUntilIdle();
        Assert.Equal([12.0, 14.0], values.Rows);
        Assert.Equal(["1x"], unreadable.Rows);
    }
}
