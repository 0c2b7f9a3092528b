using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ActorStreams.Benchmarks;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Links;
using ActorStreams.Benchmarks.Nodes;

var name = new Argument<string?>("name") { Arity = ArgumentArity.ZeroOrOne, Description = "The benchmark, as `list` shows it." };
var rows = new Option<long?>("--rows")
{
    CustomParser = result => AtLeast(1, result),
    Description = "Input rows of one run; each benchmark has its default."
};
var pairs = new Option<long?>("--pairs")
{
    CustomParser = result => AtLeast(Comparison.FewestPairs, result),
    Description = $"Measured runs of each side, {Comparison.FewestPairs} or more (a median of fewer says little)."
};
var json = new Option<bool>("--json") { Description = "One JSON line a result instead of the table." };
var all = new Option<bool>("--all") { Description = "All of them, one after the other." };

var list = new Command("list", "Shows the benchmarks that can be run, and the baselines that wait for our side.");
list.SetAction(_ =>
{
    foreach (IBenchmark benchmark in Catalog.Benchmarks) Describe(benchmark);
    IBaseline[] alone = [.. Catalog.Baselines.Where(baseline => baseline is not IBenchmark)];
    if (alone.Length > 0) Console.WriteLine("Baselines only (run them with `baseline NAME`):");
    foreach (IBaseline baseline in alone) Describe(baseline);
});

var run = new Command("run", "Compares our side with its baseline, in turns, and prints the medians.") { name, rows, pairs, json, all };
run.SetAction(arguments => Run(arguments, [.. Catalog.Benchmarks], (benchmark, count, times) => Comparison.Run(benchmark, count, times)));

var baselineOnly = new Command("baseline", "Checks and runs a baseline alone.") { name, rows, pairs, json, all };
baselineOnly.SetAction(
    arguments => Run(arguments, [.. Catalog.Baselines], (baseline, count, times) => Comparison.RunBaseline(baseline, count, times)));

if (args is [LinkPeer.Command, string side])
    return LinkPeer.Serve(side);
if (args is [TwoNodes.Command, string port, string first])
    return await TwoNodes.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(first, CultureInfo.InvariantCulture));
if (args is [FailOver.Command, string ownPort, string firstPort, string database])
{
    return await FailOverNode.ServeAsync(int.Parse(ownPort, CultureInfo.InvariantCulture),
        int.Parse(firstPort, CultureInfo.InvariantCulture), database);
}

return new RootCommand("Benchmarks of ActorStreams: ratios against hand-written programs and other libraries.") { list, run,
    baselineOnly }.Parse(args).Invoke();

int Run<T>(ParseResult arguments, IReadOnlyList<T> known, Func<T, long, int, BenchmarkResult> measure)
    where T : IBaseline
{
    string? wanted = arguments.GetValue(name);
    bool everything = arguments.GetValue(all);
    if (everything == (wanted is not null)) return Fail("Give one name, or --all.");
    List<T> chosen = [.. known.Where(benchmark => everything || benchmark.Name == wanted)];
    if (chosen.Count == 0)
    {
        return Fail(known.Count == 0 ? "There is no benchmark yet; `baseline NAME` runs a baseline alone."
            : Catalog.Baselines.Any(baseline => baseline.Name == wanted)
                ? $"'{wanted}' has no side of ours yet; `baseline {wanted}` runs its baseline alone."
            : $"There is no '{wanted}'. Known: {string.Join(", ", known.Select(benchmark => benchmark.Name))}.");
    }

    if (!arguments.GetValue(json)) Console.WriteLine(BenchmarkResult.TableHeader);
    int exitCode = 0;
    foreach (T benchmark in chosen)
    {
        try
        {
            BenchmarkResult result = measure(benchmark, arguments.GetValue(rows) ?? benchmark.DefaultRows,
                (int)(arguments.GetValue(pairs) ?? Comparison.FewestPairs));
            Console.WriteLine(arguments.GetValue(json) ? result.ToJson() : result.ToTableRow());
        }
        catch (Exception error) when (error is WrongResultException or ArgumentException)
        {
            exitCode = Fail(error.Message);
        }
    }
    return exitCode;
}

static long? AtLeast(long least, ArgumentResult option)
{
    string text = option.Tokens[0].Value;
    if (long.TryParse(text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out long value)
        && value >= least) return value;
    option.AddError($"'{text}' is not a whole number of at least {least} (100_000 is one).");
    return null;
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 1;
}

static void Describe(IBaseline benchmark) => Console.WriteLine(
    $"{benchmark.Name,-24}{benchmark.What} {(benchmark.Durable ? "Durable." : "Volatile.")} Against: {benchmark.BaselineName}.");
