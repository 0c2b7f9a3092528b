using System.CommandLine;
using ActorStreams;
using SqlShell;

var script = new Argument<FileInfo?>("SCRIPT")
{
    Description = "A file of statements. Without one, statements are read from the terminal.",
    Arity = ArgumentArity.ZeroOrOne,
};
var store = new Option<FileInfo?>("--store")
{
    Description = "The SQLite file that keeps definitions and state: started again with it, the job goes on. Default: nothing is kept.",
    HelpName = "FILE",
};
var command = new RootCommand("Runs statements of streaming SQL: from a script, or as they are typed.") { script, store };
command.SetAction(async (parsed, cancellation) =>
{
    FileInfo? file = parsed.GetValue(script);
    if (file is { Exists: false })
    {
        await Console.Error.WriteLineAsync($"There is no file '{file}'.");
        return 1;
    }

    await using Store kept = parsed.GetValue(store) is { } given ? Store.Sqlite(given.FullName) : Store.InMemory();
    var options = new SqlJobOptions { Folder = file?.DirectoryName ?? Environment.CurrentDirectory };
    await using SqlJob sql = await SqlJob.OpenAsync("sql", kept, options, cancellation);
    return file is null
        ? await new Terminal(sql).RunAsync(cancellation)
        : await ScriptRun.RunAsync(sql, await File.ReadAllTextAsync(file.FullName, cancellation), cancellation);
});
return await command.Parse(args).InvokeAsync();
