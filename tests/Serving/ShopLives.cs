namespace ActorStreams.Serving.Tests;

/// <summary>A shop whose server is killed and started again on the same port, over one store.</summary>
internal sealed class ShopLives : IAsyncDisposable
{
    /// <summary>More than a test has epochs, however slow the machine is.</summary>
    private const int Retained = 100_000;

    private readonly Store _store = Store.InMemory();
    private TaskCompletionSource<ServedShop> _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _port;

    /// <summary>The present life; while there is none, the next.</summary>
    public Task<ServedShop> Current => _current.Task;

    public static async Task<ShopLives> StartAsync()
    {
        var lives = new ShopLives();
        await lives.BeginAsync();
        return lives;
    }

    /// <summary>Ends a life without a last epoch, and begins another.</summary>
    public async Task KillAsync()
    {
        ServedShop dying = await _current.Task;
        _current = new TaskCompletionSource<ServedShop>(TaskCreationOptions.RunContinuationsAsynchronously);
        await dying.DisposeAsync();
        await BeginAsync();
    }

    public async ValueTask DisposeAsync() => await (await _current.Task).DisposeAsync();

    private async Task BeginAsync()
    {
        ServedShop shop = await ServedShop.StartAsync(store: _store, port: _port, retain: Retained);
        _port = shop.Address.Port;
        _current.SetResult(shop);
    }
}
