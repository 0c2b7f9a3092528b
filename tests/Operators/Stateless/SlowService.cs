namespace ActorStreams.Operators.Tests.Stateless;

/// <summary>A service that returns when the test says so, and remembers whom it called off.</summary>
internal sealed class SlowService
{
    private readonly List<(int Row, TaskCompletionSource<int> Result, CancellationToken Token)> _calls = [];
    private readonly SemaphoreSlim _called = new(0);
    private readonly List<int> _seen = [];
    private bool _returnsAll;

    public async ValueTask<int> CallAsync(int row, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_calls)
        {
            if (_returnsAll)
                return row;
            _calls.Add((row, result, cancellation));
            _seen.Add(row);
        }

        _called.Release();
        return await result.Task;
    }

    /// <summary>Completes once these calls, and no others, have been made.</summary>
    public async Task CalledAsync(params int[] rows)
    {
        while (true)
        {
            lock (_calls)
            {
                if (_seen.Count >= rows.Length)
                {
                    Assert.Equal(rows, _seen);
                    return;
                }
            }

            Assert.True(await _called.WaitAsync(Running.Limit));
        }
    }

    public bool IsCancelled(int row)
    {
        lock (_calls)
            return _calls.First(call => call.Row == row).Token.IsCancellationRequested;
    }

    public void Return(int row)
    {
        lock (_calls)
            _calls.First(call => call.Row == row && !call.Result.Task.IsCompleted).Result.SetResult(row);
    }

    public void ReturnAll()
    {
        lock (_calls)
        {
            _returnsAll = true;
            foreach ((int row, TaskCompletionSource<int> result, _) in _calls)
                result.TrySetResult(row);
        }
    }
}

/// <summary>Calls that take a while.</summary>
internal static class Calls
{
    public static async ValueTask<int> YieldSometimesAsync(int row, CancellationToken cancellation)
    {
        for (int i = 0; i < row % 4; i++)
            await Task.Yield();
        return row;
    }

    public static async ValueTask<T> FailLaterAsync<T>(Exception error)
    {
        await Task.Yield();
        throw error;
    }
}
