using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ActorStreams.Tests;

/// <summary>A PostgreSQL server of the tests' own: a free loopback port, a temporary folder, fsync on; gone with the test process, however that ends.</summary>
/// <remarks>The file stands alone, so that other test projects can link it. Where there is none and it may, it runs <c>.ci/install-postgresql</c> first.</remarks>
public sealed class PostgreSqlServer : IDisposable
{
    private static readonly Lazy<PostgreSqlServer> s_shared = new(() => new PostgreSqlServer());
    private static int s_databases;
    private readonly string _folder;
    private readonly Process _keeper;

    private PostgreSqlServer()
    {
        string? bin = Binaries();
        if (bin is null)
        {
            Install();
            bin = Binaries() ?? Missing();
        }

        _folder = Directory.CreateTempSubdirectory("actorstreams-postgresql-").FullName;
        string data = Path.Combine(_folder, "data");
        string[] asOwner = [];
        if (Environment.IsPrivilegedProcess)   // the server refuses to run as root
        {
            asOwner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"];
            Run(["chown", "postgres:postgres", _folder]);
        }

        Run([.. asOwner, Path.Combine(bin, "initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
        Port = FreePort();
        // the shell ends the server and removes its folder when its input closes: by Dispose, or because this process ended in any way
        _keeper = Start(
        [
            .. asOwner, "sh", "-c", "\"$@\" >\"$0/server.log\" 2>&1 & server=$!; read _; kill -INT $server; wait $server; rm -rf \"$0\"", _folder,
            Path.Combine(bin, "postgres"), "-D", data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=on",
            "-c", "shared_buffers=64MB", "-c", "max_wal_size=1GB", "-c", "max_connections=100", "-c", "max_prepared_transactions=20", "-c", "wal_level=logical",
        ]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        WaitUntilReady();
    }

    /// <summary>The server all tests of the process share; started by the first that asks.</summary>
    public static PostgreSqlServer Shared => s_shared.Value;

    public int Port { get; }

    /// <summary>Leads to the database <c>postgres</c>, as its superuser.</summary>
    public string ConnectionString => ConnectionTo("postgres");

    /// <summary>Makes an empty database and gives the connection string to it.</summary>
    public string NewDatabase()
    {
        string name = $"test_{Interlocked.Increment(ref s_databases)}";
        Execute(ConnectionString, $"CREATE DATABASE {name}");
        return ConnectionTo(name);
    }

    /// <summary>Cuts every other connection to a database, as a failing network or server would, and waits until they are gone.</summary>
    public static void CutConnections(string connectionString) => Execute(connectionString, """
        SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        """);

    public static object? Execute(string connectionString, string sql)
    {
        using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        return command.ExecuteScalar();
    }

    public void Dispose()
    {
        lock (_keeper)
        {
            _keeper.StandardInput.Close();
            _keeper.WaitForExit(TimeSpan.FromSeconds(20));
        }
    }

    private string ConnectionTo(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database}";

    private void WaitUntilReady()
    {
        for (Stopwatch watch = Stopwatch.StartNew(); ; Thread.Sleep(50))
        {
            try
            {
                Execute(ConnectionString, "SELECT 1");
                return;
            }
            catch (NpgsqlException e) when (watch.Elapsed < TimeSpan.FromSeconds(30) && !_keeper.HasExited)
            {
                _ = e;
            }
            catch
            {
                Dispose();
                throw;
            }
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(string[] command)
    {
        using Process process = Start(command);
        process.StandardInput.Close();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' ended with {process.ExitCode}.");
    }

    private static Process Start(string[] command) =>
        Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = "/" })!;

    private static string? Binaries() => !Directory.Exists("/usr/lib/postgresql") ? null : Directory.GetDirectories("/usr/lib/postgresql")
        .Select(version => Path.Combine(version, "bin")).Where(folder => File.Exists(Path.Combine(folder, "postgres"))).Order().LastOrDefault();

    /// <summary>As root on Debian the tests set up what they need; elsewhere they say what to do.</summary>
    private static void Install()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string script = Path.Combine(folder.FullName, ".ci", "install-postgresql");
            if (!File.Exists(script) || !Environment.IsPrivilegedProcess)
                continue;
            Run(["bash", script]);
            return;
        }
    }

    private static string Missing() => throw new InvalidOperationException("These tests need a PostgreSQL server. Run .ci/install-postgresql, then the tests again.");
}
