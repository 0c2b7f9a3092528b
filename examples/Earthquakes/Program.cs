using System.CommandLine;
using Earthquakes;

var input = new Option<FileInfo>("--input")
{
    Description = "The CSV file to read. Default: the one that comes with the program.",
    HelpName = "FILE"
};
var output = new Option<FileInfo?>("--output") { Description = "Writes every result to this CSV file, exactly once.", HelpName = "FILE" };
var store = new Option<FileInfo>("--store")
{
    Description = "The SQLite file that keeps the job. Default: earthquakes.db.",
    HelpName = "FILE"
};
var rate = new Option<int?>("--rate") { Description = "Reads at most so many rows a second.", HelpName = "ROWS_PER_S" };
var parallelism = new Option<int?>(
    "--parallelism")
{ Description = "The most actors of a stage, 1 to 256. Default: the number of processors.", HelpName = "N" };
var outOfOrderness = new Option<double>("--out-of-orderness")
{
    Description = "How far an earthquake may be behind the latest one before it counts as late. Default: 24.",
    HelpName = "HOURS",
    DefaultValueFactory = _ => 24,
};
var epoch = new Option<int>("--epoch")
{
    Description = "Milliseconds from one commit to the next, at least 10. Default: 1000.",
    HelpName = "MS",
    DefaultValueFactory = _ => 1000
};

input.DefaultValueFactory = _ => new FileInfo(Path.Combine(AppContext.BaseDirectory, "earthquakes.csv"));
store.DefaultValueFactory = _ => new FileInfo("earthquakes.db");
Require(input, file => file?.Exists == true, "there is no such file");
Require(rate, rows => rows is null or >= 1, "must be at least 1");
Require(parallelism, actors => actors is null or (>= 1 and <= 256), "must be 1 to 256");
Require(outOfOrderness, hours => hours is >= 0 and <= 1_000_000, "must be 0 to 1,000,000 hours");
Require(epoch, milliseconds => milliseconds >= 10, "must be at least 10 ms");

var command = new RootCommand(
    "Counts earthquakes and finds the strongest, by network and six hours. Killed at any moment and started again, it ends with the same result.")
{
    input, output, store, rate, parallelism, outOfOrderness, epoch,
};
command.SetAction((parsed, cancellation) => EarthquakeRun.RunAsync(
    new RunSettings
    {
        Input = parsed.GetRequiredValue(input).FullName,
        Output = parsed.GetValue(output)?.FullName,
        Store = parsed.GetRequiredValue(store).FullName,
        RowsPerSecond = parsed.GetValue(rate),
        Parallelism = parsed.GetValue(parallelism),
        OutOfOrderness = TimeSpan.FromHours(parsed.GetValue(outOfOrderness)),
        Epoch = TimeSpan.FromMilliseconds(parsed.GetValue(epoch)),
    },
    cancellation));
return await command.Parse(args).InvokeAsync();

static void Require<T>(Option<T> option, Func<T?, bool> isRight, string problem) => option.Validators.Add(result =>
{
    T? value;
    try
    {
        value = result.GetValue(option);
    }
    catch (InvalidOperationException)
    {
        return;                                          // not even a value: the parser says so itself
    }

    if (!isRight(value))
        result.AddError($"{option.Name} {value}: {problem}.");
});
