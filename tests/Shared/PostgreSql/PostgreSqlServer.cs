using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ActorStreams.Tests;

/// <summary>A PostgreSQL server of the tests' own, on a free loopback port; gone with the test process, however that ends.</summary>
/// <remarks>Most tests share one, with a database each. Those that kill their server, or want other settings, start one.</remarks>
public sealed class PostgreSqlServer : IDisposable
{
    // The shell ends the server when its input closes: by Dispose, or because this process ended in any way.
    private const string Keep = "\"$@\" >>\"$0/server.log\" 2>&1 & server=$!; echo $server; read _; kill -INT $server; wait $server";
    private const string KeepAndRemove = Keep + "; rm -rf \"$0\"";

    private static readonly Lazy<PostgreSqlServer> s_shared = new(StartShared);
    private static int s_databases;
    private readonly string _folder;
    private readonly string _keep;
    private readonly string[] _settings;
    private Process? _keeper;
    private int _server;

    private PostgreSqlServer(string folder, string keep, string[] settings)
    {
        (_folder, _keep, _settings, Port) = (Path.GetFullPath(folder), keep, settings, FreePort());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>The server that tests of the process share; started by the first that asks.</summary>
    /// <exception cref="NotOnThisMachineException">There is no server on this machine, and none could be brought.</exception>
    public static PostgreSqlServer Shared => s_shared.Value;

    public int Port { get; }

    /// <summary>Leads to the database <c>postgres</c>, as its superuser.</summary>
    public string ConnectionString => ConnectionTo("postgres");

    /// <summary>Makes the data of a server and starts it.</summary>
    /// <param name="folder">A folder that is there, for the data and the log; the caller removes it.</param>
    /// <param name="settings">Further settings, such as <c>wal_level=replica</c>; the later of two counts.</param>
    /// <exception cref="NotOnThisMachineException">There is no server on this machine, and none could be brought.</exception>
    public static PostgreSqlServer StartIn(string folder, params string[] settings) => Start(folder, Keep, settings);

    /// <summary>Makes an empty database and gives the connection string to it.</summary>
    public string NewDatabase()
    {
        string name = $"test_{Interlocked.Increment(ref s_databases)}";
        Execute(ConnectionString, $"CREATE DATABASE {name}");
        return ConnectionTo(name);
    }

    /// <summary>Cuts every other connection to a database, as a failing network or server would, and waits until they are gone.</summary>
    public static void CutConnections(string connectionString) => Execute(connectionString, """
        SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        """);

    public static object? Execute(string connectionString, string sql)
    {
        using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        return command.ExecuteScalar();
    }

    /// <summary>Kills all processes of the server at once, as a power failure would.</summary>
    public void Kill()
    {
        int[] processes = [_server, .. ServerProcesses.ChildrenOf(_server)];
        foreach (int id in processes)
            ServerProcesses.Kill(id);
        _keeper!.StandardInput.Close();
        _keeper.WaitForExit();
        while (processes.Any(ServerProcesses.IsAlive))
            Thread.Sleep(10);
    }

    /// <summary>Starts the server on the same data and port, for the first time or after <see cref="Kill"/>.</summary>
    public void Start()
    {
        _keeper = Launch(
        [
            .. AsOwner, "sh", "-c", _keep, _folder,
            Path.Combine(PostgreSqlBinaries.Folder, "postgres"), "-D", Path.Combine(_folder, "data"), "-p", $"{Port}",
            .. new[]
            {
                "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "wal_level=logical",
                "max_replication_slots=50", "max_wal_senders=50", "max_prepared_transactions=20", "shared_buffers=64MB", "max_wal_size=1GB",
            }.Concat(_settings).SelectMany(setting => new[] { "-c", setting }),
        ]);
        _server = int.Parse(_keeper.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        for (Stopwatch watch = Stopwatch.StartNew(); ; Thread.Sleep(20))
        {
            try
            {
                Execute(ConnectionString, "SELECT 1");
                return;
            }
            catch (NpgsqlException error)
            {
                if (watch.Elapsed > TimeSpan.FromSeconds(60) || !ServerProcesses.IsAlive(_server))
                    throw new InvalidOperationException($"PostgreSQL does not start: {Log()}", error);
            }
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

    /// <summary>It flushes what it commits, as the store demands of its server; where temporary files are in memory, that is soon
    /// done.</summary>
    private static PostgreSqlServer StartShared()
    {
        _ = PostgreSqlBinaries.Folder;
        return Start(Directory.CreateTempSubdirectory("actorstreams-postgresql-").FullName, KeepAndRemove, []);
    }

    private static PostgreSqlServer Start(string folder, string keep, string[] settings)
    {
        _ = PostgreSqlBinaries.Folder;
        var server = new PostgreSqlServer(folder, keep, settings);
        try
        {
            server.Initialise();
            server.Start();
            return server;
        }
        catch (Exception error) when (PostgreSqlBinaries.IsBrought)
        {
            server.Dispose();
            throw new NotOnThisMachineException(
                $"They need a PostgreSQL server. The one that npm brought does not run here ({error.Message}). " +
                ".ci/install-postgresql installs one on Debian.");
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private void Initialise()
    {
        if (AsOwner.Length > 0)
            Run("chown", $"{Owner.User}:{Owner.Group}", _folder);
        Run(
        [
            .. AsOwner, Path.Combine(PostgreSqlBinaries.Folder, "initdb"), "-D", Path.Combine(_folder, "data"), "-U", "postgres",
                "--auth=trust",
            "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions",
        ]);
    }

    /// <summary>The server refuses to run as root: it then runs as the user of the machine's own server, or as nobody.</summary>
    private static string[] AsOwner { get; } = Environment.IsPrivilegedProcess
        ? ["setpriv", $"--reuid={Owner.User}", $"--regid={Owner.Group}", "--clear-groups", "--"]
        : [];

    private static (string User, string Group) Owner
    {
        get
        {
            string[][] users = [.. File.ReadLines("/etc/passwd").Select(line => line.Split(':'))];
            string[]? user = users.FirstOrDefault(user => user[0] == "postgres") ?? users.FirstOrDefault(user => user[0] == "nobody");
            return user is null ? ("65534", "65534") : (user[2], user[3]);
        }
    }

    private string ConnectionTo(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database}";

    private string Log()
    {
        string file = Path.Combine(_folder, "server.log");
        return File.Exists(file) ? string.Join(" ", File.ReadLines(file).TakeLast(5)) : "it has left no log";
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(params string[] command)
    {
        using Process process = Launch(command);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' ended with {process.ExitCode}: {output}");
    }

    private static Process Launch(string[] command) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        WorkingDirectory = "/",
    })!;
}
