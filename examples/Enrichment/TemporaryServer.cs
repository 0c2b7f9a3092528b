using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Enrichment;

/// <summary>A PostgreSQL server with a data folder of its own, on a free loopback port; it ends with this process, however that
/// ends.</summary>
internal sealed class TemporaryServer : IDisposable
{
    private const string KeepAndStop = "\"$@\" >>\"$0/server.log\" 2>&1 & server=$!; echo $server; read _; kill -INT $server; wait $server";

    private readonly string _folder;
    private readonly string _bin;
    private readonly string[] _settings;
    private readonly int _port;
    private Process? _keeper;
    private int _server;

    private TemporaryServer(string folder, string[] settings)
    {
        (_folder, _settings, _port) = (Path.GetFullPath(folder), settings, FreePort());
        _bin = Binaries()
            ?? throw new InvalidOperationException(
            "There is no PostgreSQL server on this machine. Run .ci/install-postgresql, name the folder of its programs in ACTORSTREAMS_POSTGRESQL_BIN, or give a connection string.");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>Whether servers can be started here.</summary>
    public static bool IsInstalled => Binaries() is not null;

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres";

    /// <summary>The server refuses to run as root: it then runs as the user of the machine's own server, or as nobody.</summary>
    private static string Owner { get; } = File.ReadLines("/etc/passwd")
        .Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static string[] AsOwner => Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={Owner}", "--clear-groups", "--"] : [];

    /// <summary>Starts a server on the data in a folder, which is made if it is not there.</summary>
    /// <param name="folder">Where the data is.</param>
    /// <param name="settings">Further settings, such as <c>wal_level=replica</c>. The log has level logical unless they say
    /// otherwise.</param>
    public static TemporaryServer Start(string folder, params string[] settings)
    {
        var server = new TemporaryServer(folder, settings);
        try
        {
            server.Initialise();
            server.Start();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Kills all processes of the server at once, as a power failure would.</summary>
    public void Kill()
    {
        int[] processes = [_server, .. ChildrenOf(_server)];
        foreach (int id in processes)
            Signal(id);
        _keeper!.StandardInput.Close();
        _keeper.WaitForExit();
        while (processes.Any(id => Directory.Exists($"/proc/{id}") && !IsDead(id)))
            Thread.Sleep(10);
    }

    /// <summary>Starts the server again on the same port, after <see cref="Kill"/>.</summary>
    public void Start()
    {
        for (Stopwatch watch = Stopwatch.StartNew(); ; Thread.Sleep(100))
        {
            _keeper = Launch(
            [
                .. AsOwner, "sh", "-c", KeepAndStop, _folder, Path.Combine(_bin, "postgres"), "-D", Path.Combine(_folder, "data"), "-p",
                    $"{_port}", "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "wal_level=logical", "-c", "max_replication_slots=50", "-c", "max_wal_senders=50",
                    "-c", "shared_buffers=64MB",
                .. _settings.SelectMany(setting => new[] { "-c", setting }),
            ]);
            _server = int.Parse(_keeper.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
            if (WaitUntilReady(TimeSpan.FromSeconds(60) - watch.Elapsed))
                return;
            // The server of a process that was killed may be about to stop.
            _keeper.StandardInput.Close();
            _keeper.WaitForExit();
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
                throw new InvalidOperationException($"PostgreSQL does not start; see {_folder}/server.log.");
        }
    }

    public void Dispose()
    {
        if (_keeper is not { } keeper)
            return;
        lock (keeper)
        {
            keeper.StandardInput.Close();
            keeper.WaitForExit(TimeSpan.FromSeconds(20));
        }
    }

    private void Initialise()
    {
        string data = Path.Combine(_folder, "data");
        if (Directory.Exists(data))
            return;
        Directory.CreateDirectory(_folder);
        if (AsOwner.Length > 0)
            Run("chown", Owner, _folder);
        Run([.. AsOwner, Path.Combine(_bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--no-sync", "--no-instructions"]);
    }

    private bool WaitUntilReady(TimeSpan patience)
    {
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < patience && Directory.Exists($"/proc/{_server}")
            && !IsDead(_server); Thread.Sleep(30))
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                connection.Open();
                return true;
            }
            catch (NpgsqlException)
            {
                // not yet
            }
        }

        return false;
    }

    private static void Signal(int id)
    {
        try
        {
            Process.GetProcessById(id).Kill();
        }
        catch (ArgumentException)
        {
            // has ended by itself
        }
    }

    private static IEnumerable<int> ChildrenOf(int parent)
    {
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && Status(id) is { } status
                && int.Parse(status[1], CultureInfo.InvariantCulture) == parent)
                yield return id;
        }
    }

    private static bool IsDead(int id) => Status(id)?[0] is null or "Z";

    /// <summary>State, parent and so on: what stands behind the name.</summary>
    private static string[]? Status(int id)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Run(params string[] command)
    {
        using Process process = Launch(command);
        process.StandardInput.Close();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' ended with {process.ExitCode}.");
    }

    private static Process Launch(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        WorkingDirectory = "/",
    })!;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Where the server's programs are: as the environment says, in Debian's folders (the last in the order of their names), or on
    /// the path.</summary>
    private static string? Binaries()
    {
        string? named = Environment.GetEnvironmentVariable("ACTORSTREAMS_POSTGRESQL_BIN");
        IEnumerable<string> debian = !Directory.Exists("/usr/lib/postgresql") ? [] : Directory.GetDirectories("/usr/lib/postgresql")
            .Select(version => Path.Combine(version, "bin")).OrderDescending(StringComparer.Ordinal);
        return new[] { named ?? "" }.Concat(debian).Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(
                folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "postgres"))
                && File.Exists(Path.Combine(folder, "initdb")));
    }
}
